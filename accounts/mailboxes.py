"""When two mail addresses are one mailbox."""


def mailbox(address: str) -> str:
    """Return what an address comes down to: big letters, dots and a +tag make no other mailbox."""
    name, _at, host = address.strip().lower().rpartition("@")
    host = {"googlemail.com": "gmail.com"}.get(host, host)
    return f"{name.partition('+')[0].replace('.', '')}@{host}" if name else ""


def same_mailbox(one: str, other: str) -> bool:
    """Say whether both are one mailbox; two people without an address share none."""
    return bool(one and other) and mailbox(one) == mailbox(other)
