#include "endpoints/exec_user.hpp"

#include "auth/command_rules.hpp"

#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace tug::service {

namespace fs = std::filesystem;

proto::result<acting_user> user_of(const context& shared, const caller& who, const proto::exec_params& params) {
    if (!params.user) return acting_user{shared.command_user(), shared.runs_as.has_value()};
    if (auto refused = refuse_user(who, *params.user, shared.runs_as.has_value())) return std::move(*refused);
    if (::geteuid() != 0)
        return proto::failure(proto::errc::permission_denied,
                              "tugd is not root and cannot run a command as another user; leave \"user\" out");
    auto found = find_account(*params.user, "user");
    if (!found) return found.error();
    return acting_user{std::move(*found), true};
}

const std::string& login_shell_of(const account& user) {
    static const std::string usual("/bin/sh");
    return user.shell.empty() ? usual : user.shell;
}

std::string login_name_of(const std::string& shell) {
    return "-" + shell.substr(shell.rfind('/') + 1);
}

std::optional<std::string> home_below(const os::root& root, const account& user) {
    std::error_code ec;
    const auto top = fs::read_symlink("/proc/self/fd/" + std::to_string(root.descriptor()), ec);
    if (ec || user.home.empty()) return std::nullopt;
    const auto home = fs::canonical(user.home, ec);
    if (ec) return std::nullopt;
    auto below = home.lexically_relative(top).string();
    if (below.empty() || below == ".." || below.starts_with("../")) return std::nullopt;
    return below;
}

} // namespace tug::service
