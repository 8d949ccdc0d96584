#pragma once

#include "support/raw_client.hpp"
#include "support/temp_dir.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace tug::service {
struct options;
class server;
} // namespace tug::service

namespace tug::test {

/// How a test_server differs from one that listens on a port of 127.0.0.1, without keys.
struct server_setup {
    std::function<void(service::options&)> adjust{};
    std::function<void(service::server&)> prepare{}; ///< Before it starts: to add endpoints.
    bool with_keys = false;                          ///< Those of key_of().
    /// More of them: an id and what stands behind the key in its line, e.g. "get root=/box".
    std::map<std::string, std::string> lines{};
    bool on_unix_socket = false;
};

/// The key of an id that a server with keys knows: "all" may everything, "exec", "put" and "get" may what they say.
[[nodiscard]] const proto::secret_key& key_of(std::string_view id);

/// A server in this process, with a root directory of its own. Its end is abrupt: no grace for what is in flight.
class test_server {
public:
    explicit test_server(const server_setup& how = {});
    ~test_server();
    test_server(const test_server&) = delete;
    test_server& operator=(const test_server&) = delete;

    [[nodiscard]] const std::string& address() const noexcept { return address_; }

    /// A connection that has been greeted and, where there are keys, logged in.
    [[nodiscard]] raw_client connect(std::string_view key_id = "all", const std::string& from = {}) const;

    /// A connection that has neither heard nor said anything.
    [[nodiscard]] raw_client unauthenticated(const std::string& from = {}) const { return raw_client(address_, from); }

    /// Gives the server the keys of key_of() and these, in the place of those it has.
    void set_keys(const std::map<std::string, std::string>& lines);

    [[nodiscard]] service::server& it() noexcept { return *server_; }

    [[nodiscard]] std::string in_root(std::string_view name) const { return root_ / name; }

    /// Names below the root, sorted, with spaces between.
    [[nodiscard]] std::string files() const;

private:
    temp_dir root_;
    temp_dir own_;
    std::unique_ptr<service::server> server_;
    std::string address_;
    bool with_keys_;
};

} // namespace tug::test
