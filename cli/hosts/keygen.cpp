#include "cli/arguments/exit_codes.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/commands/commands.hpp"
#include "cli/local/byte_streams.hpp"
#include "cli/local/report.hpp"

#include <tug/bytes.hpp>
#include <tug/permission.hpp>

#include <boost/json/object.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace tug::cli {

namespace {

constexpr std::size_t key_size = 32;

int failed(const std::string& what, std::string_view remedy) {
    print_error(what + ": " + std::strerror(errno), remedy);
    return exit_code::failed;
}

void check_id(const std::string& id) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-";
    if (id.empty() || id.size() > 64 || id.find_first_not_of(allowed) != std::string::npos)
        throw usage_error(quoted_name(id) + " is no key id", "use 1 to 64 letters, digits and . _ @ -");
}

std::string all_permission_names() {
    std::string out;
    for (const auto p : all_permissions) out.append(out.empty() ? "" : ",").append(name_of(p));
    return out;
}

void check_permissions(const std::string& text) {
    std::set<std::string> seen;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(',', begin), text.size());
        const auto one = text.substr(begin, end - begin);
        if (!permission_from_name(one) || !seen.insert(one).second)
            throw usage_error(quoted_name(text) + " are no permissions",
                              "name some of " + all_permission_names() + ", with commas between");
        begin = end + 1;
    }
}

/// A value of a field of the line, which ends at the next blank.
void check_value(const std::string& flag, const std::string& text) {
    const auto bad = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; };
    if (text.empty() || std::any_of(text.begin(), text.end(), bad))
        throw usage_error(flag + " is empty or has a blank or a control character", "a key file cannot hold that");
}

bool is_plain_path(const std::string& path) {
    const auto with_end = path + "/";
    const auto has = [&](const char* part) { return with_end.find(part) != std::string::npos; };
    return path.starts_with('/') && !has("//") && !has("/./") && !has("/../");
}

/// As tugd will check it.
void check_rules(const keygen_options& k) {
    if (k.root) {
        check_value("--root", *k.root);
        if (!k.root->starts_with('/'))
            throw usage_error("--root does not begin with /", "give the path below the root of tugd, as in /srv/app");
    }
    for (const auto& pattern : k.argv0) {
        check_value("--argv0", pattern);
        if (pattern.find('/') != std::string::npos && !is_plain_path(pattern))
            throw usage_error("--argv0 " + quoted_name(pattern) + " is neither a name nor a plain path",
                              "begin it with / and leave out empty, . and .. components");
    }
    for (const auto& pattern : k.env) {
        check_value("--allow-env", pattern);
        if (pattern.find('=') != std::string::npos || pattern == "PATH")
            throw usage_error("--allow-env " + quoted_name(pattern) + " is no name of a variable that may be allowed",
                              "give a name without its value; PATH is always that of tugd");
    }
    for (const auto* rules : {&k.connect, &k.listen})
        for (const auto& rule : *rules) check_value(rules == &k.connect ? "--connect" : "--listen", rule);
    const auto may = [&](const char* what) { return ("," + k.permissions + ",").find(what) != std::string::npos; };
    if ((!k.connect.empty() || !k.listen.empty()) && !may(",forward,"))
        throw usage_error("--connect and --listen need the permission forward", "add it to --permissions");
    const bool exec = may(",exec,");
    if (!k.argv0.empty() && !exec) throw usage_error("--argv0 needs the permission exec", "add it to --permissions");
    if (!k.env.empty() && k.argv0.empty())
        throw usage_error("--allow-env needs --argv0", "a key that may start all programs may set all variables");
}

/// What stands behind the permissions in the line.
std::string rules_of(const keygen_options& k) {
    std::string out;
    if (k.root) out += " root=" + *k.root;
    for (const auto& pattern : k.argv0) out += " argv0=" + pattern;
    for (const auto& pattern : k.env) out += " env=" + pattern;
    for (const auto& rule : k.connect) out += " connect=" + rule;
    for (const auto& rule : k.listen) out += " listen=" + rule;
    return out;
}

/// The line of a new key; empty where there is no randomness to be had.
std::string make_line(const keygen_options& k) {
    std::array<char, key_size> key{};
    if (::getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size()))
        return {}; // 256 bytes never fall short
    auto line = k.id + " " + base64_encode(std::as_bytes(std::span(key))) + " " + k.permissions + rules_of(k) + "\n";
    ::explicit_bzero(key.data(), key.size());
    return line;
}

std::string read_all(int fd) {
    std::string text;
    std::array<char, 4096> piece{};
    for (;;) {
        const auto n = ::pread(fd, piece.data(), piece.size(), static_cast<off_t>(text.size()));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(n));
    }
}

/// Whether a line is of that key: its first word is the id, as tugd and the SDK read it. The first word of a comment
/// begins with #, which no id does.
bool has_id(std::string_view text, std::string_view id) {
    constexpr std::string_view blanks = " \t";
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
        if (line.substr(0, line.find_first_of(blanks)) == id) return true;
    }
    return false;
}

/// Writes and syncs; on failure the file is as it was.
bool write_durably(int fd, off_t old_size, std::string_view text) {
    if (write_all(fd, text) && ::fsync(fd) == 0) return true;
    const int why = errno;
    if (::ftruncate(fd, old_size) != 0) errno = why; // the first failure is the one to report
    errno = why;
    return false;
}

int create(const keygen_options& k, const std::string& line) {
    const descriptor file(::open(k.output.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.get() < 0 && errno == EEXIST)
        return failed(quoted_name(k.output) + " is not written",
                      "name another file, or add the key to it with --append");
    if (file.get() < 0) return failed(quoted_name(k.output) + " cannot be made", "check the directory");
    if (::fchmod(file.get(), 0600) == 0 && write_durably(file.get(), 0, line)) return exit_code::success;
    const int status = failed(quoted_name(k.output) + " cannot be written", "free disk space");
    ::unlink(k.output.c_str());
    return status;
}

int append(const keygen_options& k, const std::string& line) {
    const descriptor file(::open(k.output.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600));
    struct stat status{};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0 || ::flock(file.get(), LOCK_EX) != 0)
        return failed(quoted_name(k.output) + " cannot be opened", "check the file and its directory");
    if (!S_ISREG(status.st_mode) || (status.st_mode & 077) != 0) {
        print_error(quoted_name(k.output) + " is no file that you alone can read", "make it so with chmod 600");
        return exit_code::failed;
    }
    const auto before = read_all(file.get());
    if (has_id(before, k.id)) {
        print_error(quoted_name(k.output) + " has a key '" + k.id + "' already",
                    "choose another id or take that line out");
        return exit_code::failed;
    }
    const bool open_line = !before.empty() && !before.ends_with('\n');
    if (write_durably(file.get(), static_cast<off_t>(before.size()), (open_line ? "\n" : "") + line))
        return exit_code::success;
    return failed(quoted_name(k.output) + " cannot be written", "free disk space");
}

} // namespace

int keygen(const options& o) {
    const auto& k = o.keygen;
    check_id(k.id);
    check_permissions(k.permissions);
    check_rules(k);
    if (k.append && k.output.empty()) throw usage_error("--append needs a file", "name it with -o FILE");
    auto line = make_line(k);
    if (line.empty()) return failed("no random bytes", "check that the kernel provides getrandom");
    if (k.output.empty()) {
        return print_text(line) ? exit_code::success : exit_code::failed;
    }
    const int status = k.append ? append(k, line) : create(k, line);
    ::explicit_bzero(line.data(), line.size());
    if (status != exit_code::success) return status;
    if (o.json) {
        const boost::json::object result{{"id", k.id}, {"permissions", k.permissions}, {"file", k.output}};
        return print_json(result) ? exit_code::success : exit_code::failed;
    }
    if (wants_summary(o))
        (void)write_all(STDERR_FILENO, "key '" + k.id + "' written to " + quoted_name(k.output) + "\n");
    return exit_code::success;
}

} // namespace tug::cli
