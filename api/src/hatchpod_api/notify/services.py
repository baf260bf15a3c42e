"""Notifications by Apprise: chat, mail, SMS and a hundred other services, each by an address that holds its secret.

The library takes tens of megabytes, so it is imported when the first address is checked or used.
"""

from collections.abc import Sequence

from hatchpod_api.errors import UpstreamError, ValueNotAllowedError

# On this machine itself a notification would reach nobody, and some of these start programs.
_REFUSED = frozenset({"dbus", "glib", "gnome", "kde", "macosx", "qt", "windows", "syslog", "file"})


def check_address(url: str) -> None:
    """Raises `ValueNotAllowedError` when no service has such an address. Blocks; the address is in no message."""
    from apprise import Apprise

    service = url.partition("://")[0].lower()
    if service in _REFUSED or not Apprise.instantiate(url, suppress_exceptions=True):
        message = "This is no Apprise address of a service that can be used here. It looks like `ntfy://topic`;"
        raise ValueNotAllowedError(f"{message} see Apprise's list of services.", field="notifications.apprise")


def send(urls: Sequence[str], title: str, text: str) -> None:
    """Send to each of the services; `UpstreamError` names the kinds that failed. Blocks."""
    from apprise import Apprise

    failed = []
    for url in urls:
        service = Apprise()
        if not service.add(url) or not service.notify(body=text, title=title):
            failed.append(url.partition("://")[0])
    if failed:
        raise UpstreamError(
            f"These services did not take the notification: {', '.join(failed)}. Check their addresses."
        )
