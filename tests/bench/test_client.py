"""The lean client of the bench reads answers as they come."""

import pytest

from bench.client import Head, UnexpectedAnswer, head_of

ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\nX-Other: 1\r\n\r\nbody"


def test_the_head_says_the_status_and_the_size_of_the_whole():
    assert head_of(ANSWER) == Head(201, len(ANSWER))


@pytest.mark.parametrize("received", [b"", ANSWER[:20], ANSWER[:-6]])
def test_a_head_that_is_not_whole_says_nothing_yet(received):
    assert head_of(received) is None


def test_a_body_that_is_still_coming_counts_in_the_size():
    assert head_of(ANSWER[:-2]) == Head(201, len(ANSWER))


def test_an_answer_without_its_length_is_refused():
    with pytest.raises(UnexpectedAnswer):
        head_of(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
