"""Operations: the embedded database, the processes of a server, and whether all is well.

Keeps     <data>/postgres (the cluster), <data>/logs; encrypted copies for a third place, beside the data folder.
Not here  the command line (commands); what a job does (the module that owns it).
"""

from . import backup
from .archive import Manifest
from .backup import Restored
from .child import work
from .cluster import Cluster
from .database import keep_house, migrate, running_database
from .doctor import Check, Verdict, checks
from .draining import drain
from .errors import OperationsError
from .keeping import Kept, keep
from .least_rights import limit_web
from .proxy import ReverseProxy, nginx
from .supervise import Server, refuse_taken_port, up
from .turning import Turned, reseal
from .turning import turn as turn_keys

__all__ = [
    "Check",
    "Cluster",
    "Kept",
    "Manifest",
    "OperationsError",
    "Restored",
    "ReverseProxy",
    "Server",
    "Turned",
    "Verdict",
    "backup",
    "checks",
    "drain",
    "keep",
    "keep_house",
    "limit_web",
    "migrate",
    "nginx",
    "refuse_taken_port",
    "reseal",
    "running_database",
    "turn_keys",
    "up",
    "work",
]
