"""The peers that are daemons of other projects: started with a configuration of their own on a port of their own."""

import getpass
import os
import shutil
from pathlib import Path

from host import Daemon, free_port, port_answers, run
from results import Missing

SSHD = "/usr/sbin/sshd"


def find(program):
    """Where it is; daemons stand where the path of a user does not lead."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def lacking(*programs):
    """A Missing where one of them is not installed, else None."""
    for program in programs:
        if not find(program):
            return Missing(f"{program} is not installed")
    return None


def start_nginx(bench, root):
    """Serves and takes files below `root`; one worker, sendfile, no access log. Gives the daemon and its URL."""
    port = free_port()
    base = bench.scratch / f"nginx-{port}"
    base.mkdir()
    temporary = root / ".nginx"
    temporary.mkdir()
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    paths = "\n".join(f"{kind}_temp_path {base}/{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    (base / "nginx.conf").write_text(f"""
        {user} daemon off; master_process off; worker_processes 1; pid {base}/pid; error_log {base}/log;
        events {{ worker_connections 64; }}
        http {{
            access_log off; sendfile on; tcp_nopush on; client_max_body_size 0; {paths}
            client_body_temp_path {temporary};
            server {{
                listen 127.0.0.1:{port};
                location / {{ root {root}; dav_methods PUT; create_full_put_path on; }}
            }}
        }}
    """)
    daemon = Daemon([find("nginx"), "-p", base, "-e", base / "log", "-c", base / "nginx.conf"])
    daemon.answers(lambda: port_answers(port))
    return daemon, f"http://127.0.0.1:{port}"


def start_rsync(bench, root):
    """Gives the daemon and the URL of `root`."""
    port = free_port()
    config = bench.scratch / f"rsyncd-{port}.conf"
    ids = "uid = root\ngid = root\n" if os.geteuid() == 0 else ""
    config.write_text(f"""{ids}use chroot = no
address = 127.0.0.1
port = {port}
[bench]
path = {root}
read only = no
""")
    daemon = Daemon(["rsync", "--daemon", "--no-detach", f"--config={config}"])
    daemon.answers(lambda: port_answers(port))
    return daemon, f"rsync://127.0.0.1:{port}/bench"


class Sshd:
    """An sshd with a key of its own, and the words that make ssh and scp use it."""

    def __init__(self, bench, stack):
        self.port = free_port()
        base = bench.scratch / f"ssh-{self.port}"
        base.mkdir(mode=0o700)
        for key in ("host", "user"):
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", base / key])
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd insists on it
        self.daemon = stack.enter_context(Daemon([
            SSHD, "-D", "-e", "-f", "/dev/null", "-p", self.port, "-h", base / "host",
            "-o", "ListenAddress=127.0.0.1", "-o", "StrictModes=no", "-o", "PidFile=none", "-o", "UsePAM=no",
            "-o", f"AuthorizedKeysFile={base / 'user.pub'}", "-o", "PermitRootLogin=prohibit-password",
            "-o", "Subsystem=sftp internal-sftp",
            # bash then reads no ~/.bashrc, whose cost is the user's and not that of ssh.
            "-o", "SetEnv=SHLVL=1"], log=base / "log"))
        self.daemon.answers(lambda: port_answers(self.port))
        self.options = ["-F", "none", "-i", base / "user", "-o", "StrictHostKeyChecking=no", "-o",
                        "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "BatchMode=yes",
                        "-c", "aes128-gcm@openssh.com"]
        self.host = f"{getpass.getuser()}@127.0.0.1"
        self.socket = base / "shared"

    def scp(self, source, target, *more):
        """A remote path begins with a colon."""
        paths = [f"{self.host}{p}" if str(p).startswith(":") else p for p in (source, target)]
        return ["scp", "-q", "-P", self.port, *more, *self.options, *paths]

    def ssh(self, *command):
        return ["ssh", "-p", self.port, *self.options, self.host, *command]

    def share(self, stack):
        """Opens the connection that shared() uses."""
        master = Daemon(["ssh", "-M", "-N", "-S", self.socket, "-p", self.port, *self.options, self.host], core=1)
        stack.enter_context(master)
        master.answers(self.socket.exists)

    def shared(self, *command):
        return ["ssh", "-S", self.socket, "-p", self.port, *self.options, self.host, *command]


def sshd(bench, stack):
    """A running Sshd, or Missing."""
    why = lacking("ssh", "scp", "ssh-keygen", "sshd")
    return why or Sshd(bench, stack)


IMAGES = ("debian:bookworm-slim", "tug:prebuilt", "debian:12")


def docker(stack):
    """The name of a container of ours that does nothing, or Missing: where no engine runs, none is started."""
    if not find("docker"):
        return Missing("docker is not installed")
    try:
        run(["docker", "info"], timeout=10)
        have = run(["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]).split()
    except Exception:
        return Missing("no Docker engine answers")
    image = next((i for i in IMAGES if i in have), None)
    if not image:
        return Missing(f"no image is there: ./dev docker up, or docker pull {IMAGES[0]}")
    container = run(["docker", "run", "-d", "--rm", "--network", "none", "--entrypoint", "/bin/sleep", image,
                     "3600"]).strip()
    stack.callback(run, ["docker", "rm", "-f", container])
    return container
