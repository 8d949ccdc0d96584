#include "config.hpp"

#include "flags.hpp"
#include "tls_flags.hpp"

#include <CLI/CLI.hpp>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <vector>

namespace tug::service {

namespace {

/// Where systemd has made one: its StateDirectory=.
std::string usual_state_dir() {
    const char* given = std::getenv("STATE_DIRECTORY"); // NOLINT(concurrency-mt-unsafe): there is one thread
    return given ? std::string(given).substr(0, std::string(given).find(':')) : std::string();
}

/// The flags as texts and numbers, before they are checked.
struct flags {
    std::vector<std::string> listen;
    std::string metrics;
    std::vector<std::string> announce;
    std::string root = ".";
    std::string keys;
    std::string key_file_mode = "private";
    bool no_auth = false;
    bool no_new_privs = false;
    std::string cgroup = options().cgroup;
    std::string state_dir = usual_state_dir();
    tls_flags tls;
    unsigned threads = 0;
    double grace = 10;
    std::string level = "info";
    std::string format = "text";
    std::string file;
    bool check = false;
    access_flags access;
    limit_flags limits;
};

void declare(CLI::App& app, flags& f) {
    flag_maker make(app);
    make.value("listen", f.listen,
               "Address to listen on: HOST:PORT or unix:PATH; may be repeated. Port 0 picks one. "
               "Default 127.0.0.1:8840")
        ->delimiter(',')
        ->allow_extra_args(false);
    make.value(
        "metrics", f.metrics,
        "HOST:PORT for machines that watch: plain HTTP with /healthz, /readyz (503 while tugd ends) and /metrics "
        "in the format of Prometheus");
    make.value("announce", f.announce,
               "Answer `tug discover` on the networks of these interfaces, or any: it tells the version, the name of "
               "this host and the port; may be repeated")
        ->type_name("INTERFACE")
        ->delimiter(',')
        ->allow_extra_args(false);
    make.value("root", f.root, "Directory that clients see as /");
    make.value("keys", f.keys,
               "File with the keys of clients, mode 0600: a line `id base64 exec,put,get` each, behind which "
               "root=DIR, argv0=PATTERN and env=PATTERN may stand");
    make.value("key-file-mode", f.key_file_mode,
               "Who may be able to read the files of --keys and --tls-key besides their owner: private (no other user, "
               "but on a read-only mount), or any")
        ->check(CLI::IsMember({"private", "any"}));
    make.flag("no-auth", f.no_auth, "Let everybody in; only on loopback addresses and Unix sockets");
    declare_tls(make, f.tls);
    make.value("threads", f.threads, "I/O threads; 0: one for each core")->transform(whole_number(0, 1024));
    make.value(
        "cgroup", f.cgroup,
        "Where commands get cgroups (v2): auto (below that of tugd, where it can be written), off, or a directory");
    make.value("state-dir", f.state_dir,
               "Directory where jobs are kept, made with mode 0700; without one (and without $STATE_DIRECTORY, which "
               "systemd sets) there are no jobs");
    make.flag("no-new-privs", f.no_new_privs, "Commands cannot gain privileges, as by sudo (PR_SET_NO_NEW_PRIVS)");
    make.value("grace", f.grace, "Seconds that calls in flight have when tugd is stopped")
        ->transform(seconds(0, 86'400));
    make.value("log-level", f.level, "debug, info, warning, error or off")
        ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}));
    make.value("log-format", f.format, "text or json")->check(CLI::IsMember({"text", "json"}));
    make.value("config", f.file, "File with lines `flag = value`, for what neither flag nor environment says");
    app.add_flag("--check", f.check,
                 "Look at keys, certificates, addresses, directories and limits, say what is wrong and what mends it, "
                 "and end: 0 where tugd can start, 1 where not");
    f.access.declare(make);
    f.limits.declare(make);
    app.set_version_flag("-V,--version", std::string("tugd ") + TUG_VERSION);
}

/// The lines of a configuration file as flags, for those options that nothing else has set.
std::vector<std::string> from_file(const CLI::App& app, const std::string& path) {
    std::ifstream in(path);
    if (!in) throw CLI::FileError::Missing(path);
    const auto items = CLI::ConfigINI().from_config(in);
    if (in.bad()) // else what follows would not hold, and nobody would know
        throw CLI::ConfigError("the file " + path + " cannot be read to its end: it is a directory, or its disk fails");
    std::vector<std::string> out;
    for (const auto& item : items) {
        const auto* o = app.get_option_no_throw("--" + item.fullname());
        if (!o) throw CLI::ConfigError("the file " + path + " has the unknown setting " + item.fullname());
        if (o->count() > 0) continue;
        for (const auto& value : item.inputs) out.push_back("--" + item.fullname() + "=" + value);
    }
    return out;
}

log_level to_level(const std::string& name) {
    static const std::map<std::string, log_level> levels{{"debug", log_level::debug},
                                                         {"info", log_level::info},
                                                         {"warning", log_level::warning},
                                                         {"error", log_level::error},
                                                         {"off", log_level::off}};
    return levels.at(name);
}

/// Checks what the flags say together.
config to_config(const flags& f) {
    if (f.no_auth && !f.keys.empty()) throw CLI::ValidationError("--keys and --no-auth exclude each other; give one");
    if (!f.no_auth && f.keys.empty())
        throw CLI::ValidationError("who may log in? Give --keys FILE (make one with `tug keygen ID -o FILE`), or "
                                   "--no-auth to let in everybody on this host");
    config out;
    take_tls(f.tls, out);
    out.key_readers = f.key_file_mode == "any" ? os::secret_readers::any : os::secret_readers::none;
    out.tls.key_readers = out.key_readers;
    out.key_file = f.keys;
    out.no_auth = f.no_auth;
    out.check = f.check;
    out.no_new_privs = f.no_new_privs;
    out.server.cgroup = f.cgroup;
    out.server.state_dir = f.state_dir;
    out.level = to_level(f.level);
    out.format = f.format == "json" ? log_format::json : log_format::text;
    out.server.root = f.root;
    out.announce = f.announce;
    out.server.threads = f.threads;
    f.access.apply(out.server);
    f.limits.apply(out.server);
    out.server.grace = std::chrono::milliseconds(std::llround(f.grace * 1000));
    out.default_listen = f.listen.empty();
    if (!f.listen.empty()) out.server.listen.clear();
    for (const auto& text : f.listen) {
        auto where = net::address::parse(text);
        if (!where) throw CLI::ValidationError("--listen", where.error().message);
        out.server.listen.push_back(std::move(*where));
    }
    if (!f.metrics.empty()) {
        auto where = net::address::parse(f.metrics);
        if (!where) throw CLI::ValidationError("--metrics", where.error().message);
        out.server.metrics = std::move(*where);
    }
    return out;
}

std::vector<std::string> reversed(std::vector<std::string> args) {
    return {args.rbegin(), args.rend()}; // CLI11 takes them from the back
}

} // namespace

parsed_config parse_config(int argc, char** argv) {
    const std::string about = "tugd runs commands and moves files for tug clients.";
    parsed_config out;
    flags f;
    CLI::App app(about, "tugd");
    declare(app, f);
    try {
        std::vector<std::string> args(argv + 1, argv + argc);
        app.parse(reversed(args));
        if (!f.file.empty()) {
            for (auto& more : from_file(app, f.file)) args.push_back(std::move(more));
            f = {};
            CLI::App again(about, "tugd");
            declare(again, f);
            again.parse(reversed(args));
        }
        out.settings = to_config(f);
    } catch (const CLI::CallForHelp& e) {
        out.run = false;
        out.exit_code = app.exit(e);
    } catch (const CLI::CallForVersion& e) {
        out.run = false;
        out.exit_code = app.exit(e);
    } catch (const CLI::Error& e) {
        std::cerr << "tugd: " << e.what() << "; see tugd --help\n";
        out.run = false;
        out.exit_code = 2;
    }
    return out;
}

} // namespace tug::service
