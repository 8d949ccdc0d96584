#!/usr/bin/env python3
"""Hosts in network namespaces, on one bridge, each with a real tugd: who is there, one of many, all of them, while links go down.
Needs root; skipped without."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.dont_write_bytecode = True
from script_tests import BOUND, check, run_tests


class Namespace:
    """A network of its own, as long as this object has not been closed. Nothing of it has a name outside."""

    def __init__(self):
        self.keeper = subprocess.Popen(["unshare", "-n", "sh", "-c", "echo up; exec sleep infinity"], stdout=subprocess.PIPE)
        self.keeper.stdout.readline()
        self.run("sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad; ip link set lo up")

    def words(self, *words):
        return ["nsenter", "-t", str(self.keeper.pid), "-n", *words]

    def run(self, *words):
        return subprocess.run(self.words(*words), check=True, capture_output=True, text=True, timeout=BOUND).stdout

    def close(self):
        self.keeper.kill()
        self.keeper.wait()
        self.keeper.stdout.close()


class Host:
    """A namespace with a tugd, whose file `name` holds its number."""

    def __init__(self, world, number):
        self.world, self.number, self.address = world, number, f"10.77.0.{10 + number}"
        self.net = Namespace()
        root = os.path.join(world.work, f"root{number}")
        os.mkdir(root)
        with open(os.path.join(root, "name"), "w", encoding="ascii") as f:
            f.write(f"{number}\n")
        self.tugd = subprocess.Popen(
            self.net.words(os.path.join(world.bin, "tugd"), "--listen", "[::]:8840", "--root", root, "--keys", world.keys,
                           "--allow-plaintext", "--announce", "eth0", "--log-level", "off"), stdout=subprocess.PIPE, text=True)
        check("listening" in self.tugd.stdout.readline(), "tugd does not start")

    def plug_in(self):
        """Its network comes when tugd is there already."""
        port = f"port{self.number}"
        client = self.world.client
        client.run("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", str(self.net.keeper.pid))
        client.run("ip", "link", "set", port, "master", "bridge", "up")
        self.net.run("ip", "address", "add", self.address + "/24", "dev", "eth0")
        self.net.run("ip", "link", "set", "eth0", "up")

    def link(self, state):
        self.world.client.run("ip", "link", "set", f"port{self.number}", state)

    def close(self):
        self.tugd.send_signal(signal.SIGKILL)
        self.tugd.wait()
        self.tugd.stdout.close()
        self.net.close()


class World:
    def __init__(self, build):
        self.bin = os.path.join(build, "bin")
        self.work = tempfile.mkdtemp()
        self.keys = os.path.join(self.work, "keys")
        subprocess.run([os.path.join(self.bin, "tug"), "keygen", "lab", "-o", self.keys], check=True)
        self.client = Namespace()
        self.client.run("ip", "link", "add", "bridge", "type", "bridge", "mcast_snooping", "0")
        self.client.run("ip", "address", "add", "10.77.0.1/24", "dev", "bridge")
        self.client.run("ip", "link", "set", "bridge", "up")
        self.hosts = []
        for number in range(3):
            self.hosts.append(Host(self, number))
            self.hosts[-1].plug_in()

    def tug(self, *words):
        done = subprocess.run(self.client.words(os.path.join(self.bin, "tug"), "--config", "none", "--key-file", self.keys, *words),
                              capture_output=True, text=True, timeout=BOUND)
        check(done.returncode == 0, f"tug {' '.join(words)}: {done.returncode}: {done.stderr}")
        return done.stdout

    def pool(self):
        return "pool:" + ",".join(host.address for host in self.hosts)

    def close(self):
        for host in self.hosts:
            host.close()
        self.client.close()
        shutil.rmtree(self.work)


def discovered(world):
    """What `tug discover` finds until all hosts are among it: a bridge port takes a moment to pass frames on."""
    found = []
    for _ in range(20):
        said = json.loads(world.tug("discover", "bridge", "--json"))["hosts"]
        found = {address: host for host in said for address in host["addresses"]}
        if all(host.address + ":8840" in found for host in world.hosts):
            return said, found
    raise AssertionError(f"found {list(found)} alone")


def test_hosts_of_the_network_are_found_once_each(world):
    said, found = discovered(world)
    check(len(said) == 3, f"there are {len(said)} hosts")
    for host in world.hosts:
        one = found[host.address + ":8840"]
        check(one["key"] == "lab", "its answer is not signed")
        over_v6 = [a for a in one["addresses"] if a.startswith("[fe80::")]
        check(over_v6, f"not found over IPv6: {one['addresses']}")
        check(world.tug("exec", over_v6[0], "--", "cat", "name") == f"{host.number}\n", "another host has that address")


def test_one_of_many_answers_while_links_are_down(world):
    got = {world.tug("exec", world.pool(), "--", "cat", "name") for _ in range(12)}
    check(len(got) > 1, f"all calls went to {got}")
    world.hosts[0].link("down")
    world.hosts[1].link("down")
    for _ in range(6):
        check(world.tug("exec", world.pool(), "--", "cat", "name") == "2\n", "a host out of reach has answered")
    world.hosts[0].link("up")
    world.hosts[1].link("up")
    check(world.tug("exec", "--on", world.hosts[0].address, "--", "cat", "name").endswith(": 0\n"), "it is not back")


def test_all_of_them_answer(world):
    names = ",".join(host.address for host in world.hosts)
    lines = sorted(world.tug("exec", "--on", names, "--", "cat", "name").splitlines())
    check(lines == [f"{host.address}: {host.number}" for host in world.hosts], f"they said {lines}")


def may_make_namespaces():
    return os.geteuid() == 0 and all(map(shutil.which, ("ip", "unshare", "nsenter"))) and subprocess.run(
        ["unshare", "-n", "true"], capture_output=True).returncode == 0


if __name__ == "__main__":
    if not may_make_namespaces():
        print("skipped: no network namespaces can be made here")
        sys.exit(77)
    sys.exit(run_tests(globals(), World))
