#!/usr/bin/env python3
"""What deploy/ says of tugd is true: each TUG_ variable is one that tugd or tug has, selectors find their pods, ports and volumes
that are named are there, and kubectl renders the whole. The schemas of a cluster are not to be had here: kubectl reads what it has types for
(Deployments, DaemonSets, Pods, Services) and must have lost no field of it. What those types do not say, ranges and such, and NetworkPolicies are not
checked."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

try:
    import yaml
except ImportError:
    print("skipped: no module yaml")
    sys.exit(77)

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
DEPLOY = os.path.join(ROOT, "deploy")
wrong = []


def check(holds, text):
    if not holds:
        wrong.append(text)


def load(*path):
    with open(os.path.join(DEPLOY, *path), encoding="utf-8") as f:
        return [document for document in yaml.safe_load_all(f) if document]


def variables_of(build, program, *words):
    """The variables that a program has: each flag of its help, in capitals."""
    text = subprocess.run([os.path.join(build, "bin", program), *words, "--help"], capture_output=True, text=True).stdout
    return {"TUG_" + flag[2:].upper().replace("-", "_") for flag in re.findall(r"--[a-z][a-z0-9-]*", text)}


def check_pod(where, spec):
    """A pod template, or a pod."""
    volumes = {volume["name"] for volume in spec.get("volumes", [])}
    for container in spec.get("initContainers", []) + spec["containers"]:
        ports = {port["name"] for port in container.get("ports", [])}
        for mount in container.get("volumeMounts", []):
            check(mount["name"] in volumes, f"{where}: no volume {mount['name']}")
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            if probe in container:
                check(container[probe]["httpGet"]["port"] in ports, f"{where}: {probe} asks no port that is there")
        if container["image"].startswith("tug:"):
            security = container["securityContext"]
            check(security["readOnlyRootFilesystem"] and security["capabilities"]["drop"] == ["ALL"], f"{where}: not hardened")
            check("readinessProbe" in container, f"{where}: no readiness")
    check(spec["securityContext"]["runAsNonRoot"], f"{where}: may run as root")


def check_known_fields(where, source, typed):
    """All fields of `source` are in what kubectl made of it: one that its types do not have is lost there."""
    if isinstance(source, dict):
        for key, value in source.items():
            if value not in (None, {}, []):
                check(isinstance(typed, dict) and key in typed, f"{where}: Kubernetes knows no {key}")
                check_known_fields(f"{where}.{key}", value, typed.get(key) if isinstance(typed, dict) else None)
    elif isinstance(source, list) and isinstance(typed, list):
        check(len(typed) >= len(source), f"{where}: Kubernetes has lost some")
        for number, (value, other) in enumerate(zip(source, typed)):
            check_known_fields(f"{where}[{number}]", value, other)


def check_types(documents):
    """Each as kubectl reads it into its types, which it does where it changes one."""
    changes = {"Service": ["selector", "changed=yes"]}
    for d in documents:
        if d["kind"] not in ("Deployment", "DaemonSet", "Pod", "Service"):
            continue
        done = subprocess.run(["kubectl", "set", *changes.get(d["kind"], ["env", "CHANGED=yes"]), "--local", "-o", "json", "-f", "-"],
                              input=json.dumps(d), capture_output=True, text=True)
        where = f"{d['kind']} {d['metadata']['name']}"
        check(done.returncode == 0, f"{where}: {done.stderr}")
        typed = json.loads(done.stdout) if done.returncode == 0 else d
        if d["kind"] == "Service":
            typed["spec"]["selector"] = d["spec"]["selector"]
        check_known_fields(where, d, typed)


def within(labels, selector):
    return selector.items() <= labels.items()


def check_kubernetes(known):
    documents = [d for name in sorted(os.listdir(os.path.join(DEPLOY, "kubernetes"))) if name != "kustomization.yaml"
                 for d in load("kubernetes", name)]
    if shutil.which("kubectl"):
        check_types(documents)
    templates = [d["spec"]["template"] for d in documents if d["kind"] in ("Deployment", "DaemonSet")]
    for d in documents:
        where = f"{d['kind']} {d['metadata']['name']}"
        if d["kind"] in ("Deployment", "DaemonSet"):
            check(within(d["spec"]["template"]["metadata"]["labels"], d["spec"]["selector"]["matchLabels"]),
                  f"{where}: selects other pods")
            check_pod(where, d["spec"]["template"]["spec"])
        elif d["kind"] == "Pod":
            check_pod(where, d["spec"])
        elif d["kind"] == "Service":
            found = [t for t in templates if within(t["metadata"]["labels"], d["spec"]["selector"])]
            check(len(found) == 1, f"{where}: finds {len(found)} kinds of pods")
            check(d["spec"]["clusterIP"] == "None", f"{where}: is not headless")
        elif d["kind"] == "NetworkPolicy":
            selector = d["spec"]["podSelector"]["matchLabels"]
            check(all(within(t["metadata"]["labels"], selector) for t in templates), f"{where}: leaves pods out")
    listed = set(load("kubernetes", "kustomization.yaml")[0]["resources"])
    there = set(os.listdir(os.path.join(DEPLOY, "kubernetes"))) - {"kustomization.yaml", "sidecar.yaml"}
    check(listed == there, f"kustomization.yaml lists {sorted(listed)}, and there are {sorted(there)}")
    for t in templates:
        for variable in t["spec"]["containers"][0]["env"]:
            check(variable["name"] in known, f"kubernetes: tugd has no {variable['name']}")


def check_compose(path, known):
    for name, service in load(*path)[0]["services"].items():
        where = f"{'/'.join(path)}: {name}"
        for variable in service.get("environment", {}):
            check(variable in known, f"{where}: no program has {variable}")
        check(service["read_only"] and service["cap_drop"] == ["ALL"], f"{where}: not hardened")
        check("ports" not in service, f"{where}: opens a port of the host")


def check_queue(build, known):
    """The queue of deploy/nats: its tugd and workers as the others, and a unit whose flags tug-worker has."""
    worker = variables_of(build, "tug-worker")
    services = load("nats", "docker-compose.yml")[0]["services"]
    for name, has in (("tugd", known), ("worker", worker)):
        service = services[name]
        check(set(service["environment"]) <= has, f"nats: {name} has not all of {sorted(service['environment'])}")
        check(service["read_only"] and service["cap_drop"] == ["ALL"], f"nats: {name} is not hardened")
    with open(os.path.join(DEPLOY, "nats", "tug-worker.service"), encoding="utf-8") as f:
        start = re.search(r"^ExecStart=(.*)", f.read(), re.M)[1]
    flags = {"TUG_" + flag.upper().replace("-", "_") for flag in re.findall(r" --([a-z-]+)", start)}
    check(flags and flags <= worker, f"nats: tug-worker has not all of {sorted(flags)}")


def render():
    """All of it as kubectl puts it together, with a key file of the test."""
    if not shutil.which("kubectl"):
        return "kubectl is not here"
    with tempfile.TemporaryDirectory() as work:
        copy = shutil.copytree(os.path.join(DEPLOY, "kubernetes"), os.path.join(work, "k"))
        with open(os.path.join(copy, "keys"), "w", encoding="ascii") as f:
            f.write("none\n")
        done = subprocess.run(["kubectl", "kustomize", copy], capture_output=True, text=True)
        check(done.returncode == 0, f"kubectl kustomize: {done.stderr}")
        secrets = re.findall(r"secretName: (\S+)", done.stdout)
        check(len(set(secrets)) == 1 and secrets[0].startswith("tug-keys-"), f"kubectl kustomize: secrets are {secrets}")
    return "kubectl renders it"


def main():
    build = sys.argv[1]
    known = variables_of(build, "tugd") | variables_of(build, "tug", "ping") | {"TUG_ADDRESS"}
    check("TUG_METRICS" in known, "tugd --help was not understood")
    check_kubernetes(known)
    check_compose(("compose", "docker-compose.yml"), known)
    check_compose(("swarm", "stack.yml"), known)
    if os.path.exists(os.path.join(build, "bin", "tug-worker")):
        check_queue(build, known)
    rendered = render()
    for text in wrong:
        print("WRONG:", text)
    print(f"{len(wrong)} wrong, {rendered}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
