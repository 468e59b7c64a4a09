"""Every write about devices, tokens, representatives, mandates and strong identification."""

from accounts.operations.devices import (
    CODE_LIFETIME,
    enrol,
    hash_of_token,
    issue_token,
    new_device,
    revoke,
    revoke_tokens,
)
from accounts.operations.identity import Identity, identify, user_of_identity
from accounts.operations.mandates import (
    acting,
    ask_for_mandate,
    confirm_mandate,
    end_mandate,
    end_outdated_mandates,
    record_mandate,
)
from accounts.operations.representatives import (
    ask_to_represent,
    end_representative,
    verify_representative,
)

__all__ = [
    "CODE_LIFETIME",
    "Identity",
    "acting",
    "ask_for_mandate",
    "ask_to_represent",
    "confirm_mandate",
    "end_mandate",
    "end_outdated_mandates",
    "end_representative",
    "enrol",
    "hash_of_token",
    "identify",
    "issue_token",
    "new_device",
    "record_mandate",
    "revoke",
    "revoke_tokens",
    "user_of_identity",
    "verify_representative",
]
