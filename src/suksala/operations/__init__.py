"""Operations: the embedded database, the processes of a server, and whether all is well.

Keeps     <data>/postgres (the cluster), <data>/logs.
Not here  the command line (commands); what a job does (the module that owns it).
"""

from .cluster import Cluster, refuse_c_locale
from .errors import OperationsError

__all__ = ["Cluster", "OperationsError", "refuse_c_locale"]
