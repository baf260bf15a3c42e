"""What can go wrong, by cause. Nothing here knows HTTP: `http/errors.py` maps each class to a status."""


class HatchpodError(Exception):
    """Base of every error that is meant for a person: what is wrong, and what to do."""

    code = "internal"

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code or type(self).code


class ConfigurationError(HatchpodError):
    """The service cannot start as configured. `problems` has one sentence for each variable at fault."""

    code = "configuration"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class ValueNotAllowedError(HatchpodError):
    """A well-formed value that is out of range or not one of the choices."""

    code = "value_not_allowed"


class NotAuthenticatedError(HatchpodError):
    """No credential, or a wrong one."""

    code = "unauthorized"


class TooManyAttemptsError(HatchpodError):
    """A wrong credential from an address that has sent too many of them."""

    code = "too_many_attempts"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class HostNotAllowedError(HatchpodError):
    """The request names a host that this workstation does not answer to."""

    code = "host_not_allowed"


class OriginNotAllowedError(HatchpodError):
    """A page of another site sent the request."""

    code = "origin_not_allowed"


class CannotListenError(HatchpodError):
    """The address cannot be listened on now; that may pass, unlike a `ConfigurationError`."""

    code = "cannot_listen"


class PasswordRefusedError(HatchpodError):
    """A new password that the password policy does not accept."""

    code = "password_refused"


class MalformedError(HatchpodError):
    """Not what was asked for at all: no JSON, a wrong type, an unknown kind of frame."""

    code = "bad_request"


class ForbiddenError(HatchpodError):
    """Well understood, and not permitted here; the message says which setting would permit it."""

    code = "forbidden"


class NotFoundError(HatchpodError):
    """There is no such thing."""

    code = "not_found"


class ConflictError(HatchpodError):
    """The thing is in a state in which this cannot be done now."""

    code = "conflict"


class StaleError(HatchpodError):
    """The thing has changed since the caller saw it."""

    code = "stale"


class TooLargeError(HatchpodError):
    """More than is taken at once."""

    code = "too_large"


class ProviderError(HatchpodError):
    """The agent refused, or is gone."""

    code = "provider_failed"


class UpstreamError(HatchpodError):
    """Something outside the workstation did not answer as it should."""

    code = "upstream_failed"


class UnavailableError(HatchpodError):
    """A part of the service is down now; trying again can help."""

    code = "unavailable"
