"""Proofs of work as a browser or a program gives them."""

from altcha import Challenge, Payload, solve_challenge

from accounts import proof_of_work


def solved(challenge: dict | None = None) -> str:
    """Solve a challenge, a new one unless told, and return it as it is sent."""
    asked = Challenge.from_dict(challenge or proof_of_work.new_challenge())
    solution = solve_challenge(asked)
    assert solution
    return Payload(asked, solution).to_base64()
