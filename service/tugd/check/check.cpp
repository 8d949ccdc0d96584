#include "check/check.hpp"

#include "key_setup.hpp"
#include "os/account.hpp"
#include "process/cgroup_place.hpp"
#include "server/listener.hpp"

#include <tug/os/escape.hpp>
#include <tug/proto/remedy.hpp>
#include <tug/service/keys.hpp>

#include <boost/asio/io_context.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ostream>
#include <string>

namespace tug::service {

void check_report::line(std::string_view verdict, std::string_view what, std::string_view how,
                        std::string_view remedy) {
    const auto padded = [](std::string_view text, std::size_t width) {
        std::string out(text);
        return out.append(width - std::min(width, out.size()), ' ');
    };
    to_ << padded(verdict, 8) << padded(what, 13) << os::printable(how);
    if (!remedy.empty()) to_ << ": " << os::printable(remedy);
    to_ << '\n';
}

namespace {

/// What mends a key file, as a command where there is one.
std::string remedy_for_keys(const config& c) {
    const auto file = os::quoted_name(c.key_file);
    if (::access(c.key_file.c_str(), F_OK) != 0 && errno == ENOENT) return "run: tug keygen ID -o " + file;
    struct stat st{};
    if (::stat(c.key_file.c_str(), &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077U) != 0)
        return "run: chmod 600 " + file;
    return std::string(proto::remedy(proto::errc::bad_key_file));
}

/// A key that narrows its clients to a directory which is not there refuses each of their calls.
void check_key_roots(const config& c, const key_ring& keys, check_report& to) {
    for (const auto& [id, key] : keys) {
        if (key.rules.root.empty()) continue;
        const auto path = c.server.root + "/" + key.rules.root;
        if (::access(path.c_str(), X_OK) == 0) continue;
        to.warn("keys", "the root= of the key " + id + " cannot be entered", "run: mkdir -p " + os::quoted_name(path));
    }
}

void check_address(const net::address& where, const protection& by, bool named, check_report& to) {
    // A socket of the file system is not bound for a trial: that would take the place of one that is left there.
    if (where.is_unix()) {
        const auto slash = where.path.rfind('/');
        const auto directory = slash == std::string::npos ? std::string(".") : where.path.substr(0, slash + 1);
        if (::access(directory.c_str(), W_OK | X_OK) == 0) return to.ok("listen", where.to_string());
        return to.wrong("listen", where.to_string() + " cannot be made",
                        "let the user of tugd write into " + os::quoted_name(directory));
    }
    boost::asio::io_context io(1);
    const auto opened = listener::open(io, where, by, false);
    if (opened) return to.ok("listen", where.to_string());
    const auto& why = opened.error();
    if (why.os_error == "EADDRINUSE")
        return to.wrong("listen", why.message,
                        "run: ss -ltnp 'sport = :" + std::to_string(where.port) + "', end what listens there or use " +
                            (named ? "another --listen" : "--listen"));
    to.wrong("listen", why.message, proto::remedy(why));
}

} // namespace

void check_keys(const config& c, check_report& to) {
    if (c.no_auth) return to.ok("keys", "none: everybody on this host is let in (--no-auth)");
    const auto keys = read_keys(c);
    if (!keys) return to.wrong("keys", keys.error().message, remedy_for_keys(c));
    to.ok("keys", std::to_string(keys->size()) + " in " + c.key_file);
    check_key_roots(c, *keys, to);
}

void check_addresses(const config& c, check_report& to) {
    const protection by{!c.no_auth, !c.tls.certificate.empty(), c.server.require_tls, c.server.allow_plaintext};
    for (const auto& where : c.server.listen) check_address(where, by, !c.default_listen, to);
    // It holds no secret.
    if (c.server.metrics) check_address(*c.server.metrics, {true, true, false, true}, true, to);
}

void check_user(const options& o, check_report& to) {
    if (o.exec_user.empty()) {
        const auto own = own_account();
        return to.ok("user", "commands run as " + (own.name.empty() ? std::to_string(own.uid) : own.name));
    }
    if (::geteuid() != 0)
        return to.wrong("user", "--exec-user needs a tugd that runs as root", "start it as root, or drop --exec-user");
    const auto found = find_account(o.exec_user);
    if (!found) return to.wrong("user", found.error().message, "run: getent passwd");
    to.ok("user", "commands run as " + o.exec_user);
}

void check_cgroup(const options& o, check_report& to) {
    const auto place = cgroup_place(o.cgroup);
    if (!place)
        return to.wrong("cgroup", place.error().message, "name a directory of cgroup v2 that tugd may write, or auto");
    if (!place->empty()) return to.ok("cgroup", "commands get cgroups below " + *place);
    const bool needed = o.most_resources.memory_bytes || o.most_resources.processes;
    constexpr auto mend = "start tugd by its systemd unit (Delegate=yes), or name a cgroup by --cgroup";
    if (needed) return to.wrong("cgroup", "there is none, and limits on memory or processes need one", mend);
    if (o.cgroup == "off") return to.ok("cgroup", "off: commands are contained by their sessions");
    to.warn("cgroup", "there is none: a command that hides its processes on purpose escapes", mend);
}

int check_all(const config& c, std::ostream& out) {
    check_report to(out);
    check_keys(c, to);
    check_tls(c, to);
    check_addresses(c, to);
    check_user(c.server, to);
    check_root(c.server, to);
    check_cgroup(c.server, to);
    check_state(c.server, to);
    check_recording(c.server, to);
    check_audit(c.server, to);
    check_descriptors(c.server, to);
    check_limits(c.server, to);
    return to.count() == 0 ? 0 : 1;
}

} // namespace tug::service
