"""Problems an operator can put right, each with what to do."""

from __future__ import annotations

from suksala.foundation import SuksalaError


class OperationsError(SuksalaError):
    """Something about this machine or this installation is not as it must be."""

    code = "SKL-OPS-000"
    http_status = 500


class NoBinaries(OperationsError):
    """No PostgreSQL programs were found anywhere."""

    code = "SKL-OPS-001"


class OtherMajor(OperationsError):
    """The data folder was made by another major version than the programs at hand."""

    code = "SKL-OPS-002"


class ClosedFolder(OperationsError):
    """The user that runs the database cannot reach its folder."""

    code = "SKL-OPS-003"


class WrongLocale(OperationsError):
    """The database's character type is C or POSIX: Thai searches would silently find nothing."""

    code = "SKL-OPS-004"


class ClusterFailed(OperationsError):
    """A PostgreSQL program ended with an error, or did not answer in time."""

    code = "SKL-OPS-005"


class PortTaken(OperationsError):
    """Another program listens on the port asked for."""

    code = "SKL-OPS-006"


class NoServerUser(OperationsError):
    """The unprivileged user that should run the database does not exist."""

    code = "SKL-OPS-007"


class UnsafeFolder(OperationsError):
    """A folder that must belong to the database's user belongs to somebody else."""

    code = "SKL-OPS-008"


class AlreadyServing(OperationsError):
    """Another `suksala up` serves this data folder."""

    code = "SKL-OPS-009"


class NoServer(OperationsError):
    """The database server of DATABASE_URL does not answer or refuses."""

    code = "SKL-OPS-010"


class OpenLine(OperationsError):
    """DATABASE_URL leads to another machine without TLS that checks the server's certificate."""

    code = "SKL-OPS-012"


class BadProxy(OperationsError):
    """The web server in front cannot be set up so: no https address, or a path that its file cannot hold."""

    code = "SKL-OPS-013"


class OwnerServes(OperationsError):
    """SUKSALA_WEB_DATABASE_URL names no role of its own."""

    code = "SKL-OPS-014"


class BadBackupKey(OperationsError):
    """A file of `suksala backup` is not the half of the key that is needed. Nothing was made or restored."""

    code = "SKL-BAK-001"
    http_status = 400


class BadArchive(OperationsError):
    """A backup is of another format or key, was changed, or is cut short. Nothing of it was kept."""

    code = "SKL-BAK-002"
    http_status = 400


class NotEmpty(OperationsError):
    """A backup is restored into an empty folder and an empty database only. Nothing was changed."""

    code = "SKL-BAK-003"
    http_status = 400


class BackupFailed(OperationsError):
    """No copy could be made, or the database not restored. Nothing half done was left."""

    code = "SKL-BAK-004"


class RestoredOtherwise(OperationsError):
    """What was restored has other rows than what was copied."""

    code = "SKL-BAK-005"


class AlreadyCopying(OperationsError):
    """A copy is being made already. Nothing was made, and that one goes on."""

    code = "SKL-BAK-006"
    http_status = 409


class ServerFailed(OperationsError):
    """The web server or a worker cannot stay up."""

    code = "SKL-OPS-011"
    exit_code = 70
