#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tug::service {

/// The names of users and groups, each asked for once. It may block on the host's name services; not thread safe.
class account_names {
public:
    /// Empty where the host knows none.
    [[nodiscard]] const std::string& user(std::uint32_t uid);
    [[nodiscard]] const std::string& group(std::uint32_t gid);

private:
    std::map<std::uint32_t, std::string> users_;
    std::map<std::uint32_t, std::string> groups_;
};

} // namespace tug::service
