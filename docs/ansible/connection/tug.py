"""Ansible over tug: each task runs by `tug rsh`, files go by `tug put` and `tug get`.

Put the directory of this file into `connection_plugins` of ansible.cfg and set `ansible_connection: tug`. Hosts are names
of the configuration of tug (tug-config(5)), which has their addresses, keys and TLS.
"""

DOCUMENTATION = """
    name: tug
    short_description: run tasks over tug
    description:
        - Runs commands on hosts by C(tug rsh), and carries files by C(tug put) and C(tug get).
    author: the tug project
    version_added: "0.1"
    options:
        remote_addr:
            description: The host, as tug knows it.
            default: inventory_hostname
            type: string
            vars:
                - name: inventory_hostname
                - name: ansible_host
                - name: ansible_tug_host
        remote_user:
            description: The user of the host whom commands run as; the key has to allow it.
            type: string
            vars:
                - name: ansible_user
                - name: ansible_tug_user
            ini:
                - section: defaults
                  key: remote_user
            env:
                - name: ANSIBLE_REMOTE_USER
        executable:
            description: The program of tug.
            default: tug
            type: string
            vars:
                - name: ansible_tug_executable
            ini:
                - section: tug_connection
                  key: executable
            env:
                - name: ANSIBLE_TUG_EXECUTABLE
        config:
            description: A configuration of tug in the place of the usual ones.
            type: string
            vars:
                - name: ansible_tug_config
            ini:
                - section: tug_connection
                  key: config
            env:
                - name: ANSIBLE_TUG_CONFIG
"""

import shlex
import subprocess

from ansible.errors import AnsibleConnectionFailure, AnsibleError, AnsibleFileNotFound
from ansible.module_utils._text import to_bytes, to_native
from ansible.plugins.connection import ConnectionBase
from ansible.utils.display import Display

display = Display()

# What `tug rsh` ends with where it is tug that failed, as ssh does.
TUG_FAILED = 255


class Connection(ConnectionBase):
    """Every task is a `tug` of its own: there is nothing to open and nothing to close."""

    transport = "tug"
    has_pipelining = True

    def _connect(self):
        self._connected = True
        return self

    def close(self):
        self._connected = False

    def _tug(self, words, stdin=b""):
        config = self.get_option("config")
        line = [self.get_option("executable"), *(["--config", config] if config else []), *words]
        display.vvv("EXEC " + " ".join(line), host=self.get_option("remote_addr"))
        try:
            return subprocess.run([to_bytes(word) for word in line], input=stdin or b"", capture_output=True, check=False)
        except OSError as e:
            raise AnsibleError(f"{line[0]} cannot be started: {e}") from e

    def exec_command(self, cmd, in_data=None, sudoable=True):
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        done = self._rsh(cmd, in_data)
        if done.returncode == TUG_FAILED and done.stderr.startswith(b"tug: "):
            raise AnsibleConnectionFailure(to_native(done.stderr.strip()))
        return done.returncode, done.stdout, done.stderr

    def _rsh(self, line, stdin=b""):
        user = self.get_option("remote_user")
        return self._tug(["rsh", *(["-l", user] if user else []), "-T", self.get_option("remote_addr"), line], stdin)

    def _carry(self, done):
        if done.returncode != 0:
            why = to_native(done.stderr.strip())
            raise AnsibleFileNotFound(why) if "not_found" in why else AnsibleError(why)

    def put_file(self, in_path, out_path):
        super().put_file(in_path, out_path)
        if self.get_option("remote_user"):  # `put` writes as the user of tugd
            with open(to_bytes(in_path), "rb") as file:
                return self._carry(self._rsh("cat >" + shlex.quote(out_path), file.read()))
        return self._carry(self._tug(["put", "--quiet", in_path, self.get_option("remote_addr") + ":" + out_path]))

    def fetch_file(self, in_path, out_path):
        super().fetch_file(in_path, out_path)
        self._carry(self._tug(["get", "--quiet", self.get_option("remote_addr") + ":" + in_path, out_path]))
