#!/usr/bin/python3
"""Programs that start ssh start `tug rsh` in its place: rsync, git, borg, scp's sftp, Ansible; and what scripts do with ssh.

usage: ssh_callers_test.py BUILD_DIR

A program that is not installed here is told and skipped, all others are run.
"""

import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
import traceback

BOUND = 120
CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Skipped(Exception):
    pass


def check(holds, what):
    if not holds:
        raise AssertionError(what)


class World:
    """A tugd that serves the whole file system, as sshd does, and a home with a configuration that names it `web`."""

    def __init__(self, build):
        self.bin = os.path.join(os.path.abspath(build), "bin")
        self.home = tempfile.mkdtemp(prefix="tug-peers-")
        os.makedirs(self.path(".config/tug"))
        socket = self.path("tugd.sock")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("TUG_", "ANSIBLE_", "GIT_", "BORG_"))}
        self.env |= {"HOME": self.home, "PATH": self.bin + ":" + self.env["PATH"], "LC_ALL": "C.UTF-8"}
        self.env.pop("XDG_CONFIG_HOME", None)
        self.run("tug keygen me -o key")
        with open(self.path(".config/tug/config"), "w") as file:
            file.write(f"host web\n    address unix:{socket}\n    key-file {self.path('key')}\n")
        self.tugd = subprocess.Popen(
            [os.path.join(self.bin, "tugd"), "--listen", "unix:" + socket, "--keys", self.path("key"), "--root", "/"],
            env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=open(self.path("log"), "wb"))
        check(b"listening" in self.tugd.stdout.readline(), "tugd did not start")

    def path(self, name):
        return os.path.join(self.home, name)

    def attempt(self, line, stdin=b"", **env):
        """A line of shell in the home of this side."""
        return subprocess.run(["/bin/bash", "-c", "set -o pipefail; " + line], cwd=self.home, env={**self.env, **env},
                              input=stdin, capture_output=True, timeout=BOUND)

    def run(self, line, stdin=b"", **env):
        done = self.attempt(line, stdin, **env)
        check(done.returncode == 0, f"{line}: {done.returncode}: {done.stderr.decode()} {done.stdout.decode()}")
        return done.stdout.decode()

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w") as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name)) as file:
            return file.read()

    def close(self):
        self.tugd.terminate()
        self.tugd.wait(BOUND)
        shutil.rmtree(self.home, ignore_errors=True)


def needs(program):
    if shutil.which(program) is None:
        raise Skipped(program)


def same_trees(one, other):
    compared = filecmp.dircmp(one, other)
    if compared.left_only or compared.right_only or compared.diff_files or compared.funny_files:
        return False
    return all(same_trees(os.path.join(one, d), os.path.join(other, d)) for d in compared.common_dirs)


def make_tree(world, top):
    for i in range(40):
        world.write(f"{top}/d{i % 4}/file {i}", f"content {i}\n" * (i * 50))
    os.symlink("d0", world.path(f"{top}/link"))


def test_a_line_is_run_by_the_shell_of_the_user(world):
    check(world.run("tug rsh web echo 'a  b' '$((1 + 2))' '|' cat") == "a b 3\n", "the line")
    check(world.run("tug rsh web 'cd /; pwd' '&&' echo '\"$0\"'").startswith("/\n"), "the line")
    check(world.run("echo piped | tug rsh -T -q -p 22 -o BatchMode=yes web cat") == "piped\n", "standard input")
    check(world.run("echo lost | tug rsh -n web cat") == "", "-n")
    check(world.run("echo 'echo from the shell' | tug rsh web") == "from the shell\n", "a shell without a terminal")
    done = world.attempt("tug rsh web 'echo out; echo err >&2; exit 7'")
    check((done.returncode, done.stdout, done.stderr) == (7, b"out\n", b"err\n"), str(done))
    check("host web" in world.run("tug rsh -G web"), "-G")
    check(world.run("tug rsh -tt web 'test -t 0 && echo yes'").strip() == "yes", "-tt")


def test_its_own_failures_are_those_of_ssh(world):
    for line in ["tug rsh -f web true", "tug rsh", "tug rsh -o ConnectTimeout=1 unix:/no/such true"]:
        done = world.attempt(line)
        check(done.returncode == 255 and done.stderr.startswith(b"tug: "), str(done))


def test_tar_through_a_pipe(world):
    make_tree(world, "from")
    world.run("mkdir to && tar -C from -cf - . | tug rsh web tar -C $HOME/to -xf -")
    check(same_trees(world.path("from"), world.path("to")), "the trees differ")
    world.run("mkdir back && tar -C from -cf - . | tug exec -i web tar -C $HOME/back -xf -")
    check(same_trees(world.path("from"), world.path("back")), "the trees differ")


def test_rsync(world):
    needs("rsync")
    make_tree(world, "from")
    world.run("rsync -a -e 'tug rsh' from/ web:$HOME/to/")
    check(same_trees(world.path("from"), world.path("to")), "the trees differ")
    world.write("from/d1/new", "new")
    os.remove(world.path("from/d2/file 2"))
    shown = world.run("rsync -ai --delete -e 'tug rsh -p 22' from/ web:$HOME/to/")
    check("*deleting" in shown and "d1/new" in shown and "d3" not in shown, shown)
    check(same_trees(world.path("from"), world.path("to")), "the trees differ")
    world.run("rsync -a web:$HOME/to/ back", RSYNC_RSH="tug rsh")
    check(same_trees(world.path("to"), world.path("back")), "the trees differ")
    done = world.attempt("rsync -a -e 'tug rsh' web:/no/such back")
    check(done.returncode == 23, str(done))


def test_git(world):
    needs("git")
    git = {"GIT_SSH_COMMAND": "tug rsh", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b",
           "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    world.run("git init -q --bare -b main there.git && git clone -q web:$HOME/there.git work", **git)
    world.write("work/file", "one\n")
    world.run("cd work && git checkout -qB main && git add . && git commit -qm one && git push -q origin main", **git)
    world.run("git clone -q ssh://web$HOME/there.git other", **git)
    check(world.read("other/file") == "one\n", "the clone")
    world.write("work/file", "two\n")
    world.run("cd work && git commit -qam two && git push -q && cd ../other && git pull -q", **git)
    check(world.read("other/file") == "two\n", "the pull")
    check("version=2" in world.attempt("git -c protocol.version=2 ls-remote web:$HOME/there.git",
                                       GIT_TRACE="1", **git).stderr.decode(), "GIT_PROTOCOL did not go along")


def test_borg(world):
    needs("borg")
    make_tree(world, "from")
    borg = {"BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes", "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes"}
    world.run("borg --rsh 'tug rsh' init -e none ssh://web$HOME/backup", **borg)
    world.run("borg --rsh 'tug rsh' create ssh://web$HOME/backup::one from", **borg)
    world.run("mkdir out && cd out && borg --rsh 'tug rsh' extract ssh://web$HOME/backup::one", **borg)
    check(same_trees(world.path("from"), world.path("out/from")), "the trees differ")


def test_ansible(world):
    needs("ansible-playbook")
    world.write("inventory", "[all]\nweb ansible_connection=tug ansible_python_interpreter=/usr/bin/python3\n")
    world.write("files/text", "one\n")
    world.write("play.yml", """
- hosts: all
  gather_facts: false
  tasks:
    - ping:
    - copy: {src: files/text, dest: "{{ lookup('env', 'HOME') }}/copied", mode: "0640"}
    - command: cat "{{ lookup('env', 'HOME') }}/copied"
      register: shown
    - assert: {that: shown.stdout == "one"}
    - shell: echo "$THERE" | tr a-z A-Z; exit 3
      environment: {THERE: variable}
      register: failing
      ignore_errors: true
    - assert: {that: failing.rc == 3 and failing.stdout == "VARIABLE"}
    - fetch: {src: "{{ lookup('env', 'HOME') }}/copied", dest: fetched, flat: true}
""")
    env = {"ANSIBLE_CONNECTION_PLUGINS": os.path.join(CHECKOUT, "docs/ansible/connection"), "ANSIBLE_NOCOLOR": "1",
           "ANSIBLE_LOCALHOST_WARNING": "0", "ANSIBLE_RETRY_FILES_ENABLED": "0"}
    shown = world.run("ansible-playbook -i inventory play.yml", **env)
    check("failed=0" in shown and "changed=" in shown, shown)
    check(world.read("copied") == "one\n" and world.read("fetched") == "one\n", "the copies")
    check(os.stat(world.path("copied")).st_mode & 0o777 == 0o640, "the mode")
    if os.geteuid() == 0 and shutil.which("sudo"):
        shown = world.run("ansible -i inventory web -b --become-user nobody -m command -a 'id -un'", **env)
        check("nobody" in shown, shown)
    done = world.attempt("ansible -i 'gone,' gone -c tug -m ping", **env)
    check(done.returncode != 0 and b"UNREACHABLE" in done.stdout, str(done))


def main():
    failed = 0
    for name, test in sorted(globals().items()):
        if not name.startswith("test_") or (len(sys.argv) > 2 and name not in sys.argv[2:]):
            continue
        world = World(sys.argv[1])
        try:
            test(world)
            print(f"ok {name}", flush=True)
        except Skipped as e:
            print(f"skipped {name}: there is no {e} here", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED {name}", flush=True)
            traceback.print_exc()
            print(open(world.path("log")).read()[-2000:], file=sys.stderr)
        finally:
            world.close()
    sys.exit(1 if failed else 0)


main()
