"""Where a request comes from, as far as limits go."""

import ipaddress

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

# Whoever has one address of a /64 has all of them.
IPV6_PREFIX = 64


def network_of(request: HttpRequest) -> str:
    """
    Return the address that a request is counted under: of IPv6 the network of 64 bits.

    How many proxies of ours stand before it is TRUSTED_PROXY_COUNT; what a client claims beyond
    that changes nothing (T15).
    """
    text = get_adapter().get_client_ip(request)
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return str(text)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.IPv6Network((address, IPV6_PREFIX), strict=False))
    return str(address)
