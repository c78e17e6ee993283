"""Foundation: settings, database, clock, jobs, keys, errors and logs. It knows nothing of health.

Not here  any rule of health, any table of a module.
Enter     through its submodules' names gathered here; lower than every other module.
"""

# Its submodules are imported by whoever names them: `suksala --help` must not load Django.
from .errors import SuksalaError

__all__ = ["SuksalaError", "bodies", "clock", "database", "jobs", "keys", "log", "progress", "settings"]
