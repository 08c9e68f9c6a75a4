"""Which account works on backups."""

import grp
import os
import pwd

from repository import Refused


def become_postgres() -> None:
    """Give up root's rights; Refused for anybody else than root and postgres."""
    account = pwd.getpwnam("postgres")
    if os.geteuid() == 0:
        os.setgroups([group.gr_gid for group in grp.getgrall() if "postgres" in group.gr_mem])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        os.environ |= {"HOME": account.pw_dir, "USER": "postgres"}
        os.chdir("/")
    elif os.geteuid() != account.pw_uid:
        raise Refused("Backups are root's and postgres's matter; run it as one of them.")
