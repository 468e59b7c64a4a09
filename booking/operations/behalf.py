"""What a representative does, is done under a mandate that is in force at that moment."""

from contextlib import AbstractContextManager, nullcontext

from accounts.models import Mandate
from accounts.operations import acting


def under(mandate: Mandate | None) -> AbstractContextManager[None]:
    """
    Do what follows as the representative of `mandate`, or as the person whose visit it is.

    With a mandate that has ended nothing is done: raise MandateEnded. Enter it before slots and
    appointments are locked, in the transaction that changes them.
    """
    return acting(mandate) if mandate else nullcontext()
