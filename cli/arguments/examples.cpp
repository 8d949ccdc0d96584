#include "examples.hpp"

#include <array>

namespace tug::cli {

namespace {

constexpr std::array all{
    example{"exec", "tug exec web1 -- uname -a", "a command and its arguments, without a shell"},
    example{"exec", "tug exec web1 --shell 'df -h | tail -n 3'", "a line for the shell of the host"},
    example{"exec", "tug exec -i web1 -- tar x -C /srv", "standard input goes to the command"},
    example{"exec", "tug exec --jump gate web1 -- uname -a", "through the tugd of another host"},
    example{"exec", "tug exec -e LANG=C --cwd /srv --timeout 60 web1 -- make",
            "a variable, a directory, a limit of time"},
    example{"shell", "tug web1", "a login shell in a terminal"},
    example{"shell", "tug shell web1 -- top", "a program in a terminal"},
    example{"run", "tug run web1 --put main.c --get a.out -- cc main.c", "send, run and fetch in one round trip"},
    example{"put", "tug put site.tar web1:/srv/site.tar", "a file"},
    example{"put", "tug put conf web1:/etc/app/", "a directory goes into another one"},
    example{"put", "tug put - web1:/srv/now", "what standard input gives"},
    example{"get", "tug get web1:/var/log/syslog .", "a file into this directory"},
    example{"get", "tug get web1:/etc/hostname -", "a file to standard output"},
    example{"cp", "tug cp a b web1:/srv/", "files to a host"},
    example{"cp", "tug cp web1:/srv/a web1:/srv/b", "from one place to another"},
    example{"sync", "tug sync site web1:/srv/site", "what differs alone crosses the network"},
    example{"sync", "tug sync -n --delete site web1:/srv/site", "lists what would be written and deleted"},
    example{"ls", "tug ls -l web1:/srv", "with modes, sizes and times"},
    example{"ls", "tug ls -lrth web1:/var/log", "the newest last, sizes as 1.5K"},
    example{"stat", "tug stat web1:/srv/site.tar", "all that is known of a file"},
    example{"mkdir", "tug mkdir -p web1:/srv/a/b", "with what is missing on the way"},
    example{"rm", "tug rm -rf web1:/srv/old", "a directory with all that is in it"},
    example{"mv", "tug mv web1:/srv/new web1:/srv/site", "another name, in one step"},
    example{"ln", "tug ln -s releases/7 web1:/srv/current", "a symlink that says releases/7"},
    example{"chmod", "tug chmod 640 web1:/etc/app.conf", "permission bits"},
    example{"chmod", "tug chmod -R u+rwX,go-w web1:/srv/site", "of all that is below it"},
    example{"df", "tug df web1:/srv", "how much room there is"},
    example{"cat", "tug cat web1:/etc/hostname", "to standard output"},
    example{"du", "tug du -s web1:/srv", "how large all below it is"},
    example{"find", "tug find web1:/srv -name '*.log' -size +1M", "paths that pass tests"},
    example{"sum", "tug sum --sha256 web1:/srv/site.tar", "a digest that the host makes"},
    example{"touch", "tug touch web1:/srv/ready", "an empty file, or a new time"},
    example{"edit", "tug edit web1:/etc/app.conf",
            "in the editor of this side; stored where nothing else was meanwhile"},
    example{"watch", "tug watch -r web1:/srv -- make", "a command here, each time that something has changed there"},
    example{"job-start", "tug job start web1 --name nightly -- ./backup", "it goes on when the connection ends"},
    example{"job-attach", "tug job attach web1 nightly", "its output from the beginning, as it comes"},
    example{"job-logs", "tug job logs web1 nightly --tail 20", "the last lines"},
    example{"job-ls", "tug job ls web1", "which there are"},
    example{"job-status", "tug job status web1 nightly", "how it is"},
    example{"job-wait", "tug job wait web1 nightly", "ends as the job does"},
    example{"job-signal", "tug job signal web1 nightly HUP", "to the job alone"},
    example{"job-cancel", "tug job cancel web1 nightly", "it and all its processes"},
    example{"job-rm", "tug job rm web1 nightly", "forgets it and its output"},
    example{"info", "tug info web1", "load, room, what is in use of each limit"},
    example{"info", "tug info web1 --json", "for scripts, with all limits"},
    example{"top", "tug top web1", "live; q leaves"},
    example{"top", "tug top web1 -n 2", "two tables, the second with rates"},
    example{"audit", "tug audit web1", "who logs in, and calls what, as it happens"},
    example{"audit", "tug audit web1 --json", "one JSON object a line, for scripts"},
    example{"ping", "tug ping web1", "connects, logs in, and measures a round trip"},
    example{"forward", "tug forward web1 -L 8080:intranet:80",
            "a port of this side leads to one that the host reaches"},
    example{"forward", "tug forward web1 -R 0:localhost:3000", "a port there leads here; which one is told"},
    example{"forward", "tug forward web1 -D 1080", "a SOCKS proxy; the host looks names up"},
    example{"forward", "tug forward gate -W inner:22", "standard input and output, as ProxyCommand of ssh wants it"},
    example{"discover", "tug discover --key-file key", "the hosts of this network, and which of them have the key"},
    example{"hosts", "tug hosts", "the hosts that the configuration names"},
    example{"login", "tug --key-file web1.key login web1 10.0.0.7", "tests it, and writes it into the configuration"},
    example{"login", "tug login web1", "at a terminal: asks for what it was not told"},
    example{"doctor", "tug doctor web1", "each step of the way there, and what mends it"},
    example{"doctor", "tug doctor --json web1", "for scripts; the exit code is 1 where something is wrong"},
    example{"keygen", "tug keygen laptop -o laptop.key", "a new key in a new file"},
    example{"keygen", "tug keygen ci --permissions exec --argv0 git --append -o keys", "one that may run git alone"},
    example{"repl", "tug repl web1", "a prompt on one connection"},
};

} // namespace

std::span<const example> examples() {
    return all;
}

} // namespace tug::cli
