#pragma once

#include <tug/os/private_file.hpp>
#include <tug/proto/auth.hpp>
#include <tug/proto/error.hpp>
#include <tug/proto/exec_messages.hpp>
#include <tug/proto/permission.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tug::service {

using proto::name_of;
using proto::permission;

/// A set of permissions.
class permissions {
public:
    permissions() = default;

    [[nodiscard]] static permissions all() noexcept;

    void add(permission p) noexcept { bits_ |= static_cast<unsigned>(p); }

    [[nodiscard]] bool has(permission p) const noexcept {
        return (bits_ & static_cast<unsigned>(p)) == static_cast<unsigned>(p);
    }

    [[nodiscard]] std::vector<std::string> names() const;

    friend bool operator==(const permissions&, const permissions&) = default;

private:
    unsigned bits_ = 0;
};

/// What of a terminal session is kept, see recording_options.
enum class recorded {
    nothing,
    output, ///< What it shows.
    input,  ///< And what is typed, passwords too.
};

/// What narrows the permissions of a key further; the fields behind them in its line. Empty ones narrow nothing.
struct key_rules {
    /// `root=DIR`: the directory, as a path below the server's root, that this key's clients see as "/" in put and get
    /// and as the cwd of a command. It is opened anew by each call, so it may be made later or be replaced.
    std::string root;
    /// `argv0=PATTERN`, one or more: the programs that exec may start, by argv[0] as the client writes it. Patterns are
    /// those of fnmatch(3), in which no wildcard matches a slash or a leading dot. See OPERATING.md for what they keep
    /// out.
    std::vector<std::string> argv0;
    /// `env=PATTERN`: the variables that a client with argv0 patterns may set.
    std::vector<std::string> env;
    /// `jobs=all`: the jobs of other keys, too.
    bool all_jobs = false;
    /// `user=PATTERN`, one or more: the users that exec may run a command as, by the text that the client writes (NAME,
    /// UID, each also with `:GROUP`). Without one: none but the user that commands run as anyway.
    std::vector<std::string> users;
    /// `connect=HOST:PORT` and `listen=HOST:PORT`, each also `unix:PATTERN`: where forward may connect to, and listen;
    /// see OPERATING.md. Without one: nowhere.
    std::vector<std::string> connect;
    std::vector<std::string> listen;
    /// `memory=`, `processes=` and `cpu=`: the most that a command of this key may have, and has where it asks for
    /// less.
    proto::resource_limits most;
    /// `record`, `record=input`: its terminal sessions are recorded, also where the server records none.
    recorded record = recorded::nothing;

    friend bool operator==(const key_rules&, const key_rules&) = default;
};

/// One key of a key file.
struct key_entry {
    proto::secret_key key;
    permissions allowed;
    key_rules rules = {};

    friend bool operator==(const key_entry& a, const key_entry& b) {
        return std::ranges::equal(a.key.bytes(), b.key.bytes()) && a.allowed == b.allowed && a.rules == b.rules;
    }
};

/// The keys of a server, by id.
using key_ring = std::map<std::string, key_entry, std::less<>>;

/// Reads the text of a key file: a line `id base64-of-32-bytes permission,… [root=DIR] [argv0=PATTERN]… [env=PATTERN]…
/// [user=PATTERN]… [connect=HOST:PORT]… [listen=HOST:PORT]…` for each key; empty lines and lines that begin with # are
/// skipped. Fails with bad_key_file, naming the line, where anything else stands there, an id twice, or no key at all.
/// No message holds key bytes.
[[nodiscard]] proto::result<key_ring> parse_keys(std::string_view text);

/// Reads a key file, which must be a file of secrets as os::read_private_file() says; else bad_key_file.
[[nodiscard]] proto::result<key_ring> load_keys(const std::string& path,
                                                os::secret_readers others = os::secret_readers::none);

} // namespace tug::service
