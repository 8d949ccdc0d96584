#pragma once

#include "support/test_server.hpp"

#include <string>
#include <string_view>

namespace tug::test {

// Requests of methods that take a path, or two.

inline std::string path_of(std::string_view path, std::string_view more = "") {
    return R"({"path":)" + json_text(path) + std::string(more) + "}";
}

inline std::string from_to(std::string_view from, std::string_view to, std::string_view more = "") {
    return R"({"from":)" + json_text(from) + R"(,"to":)" + json_text(to) + std::string(more) + "}";
}

/// A server without keys, and a connection to it.
struct file_requests {
    test_server server;
    raw_client c = server.connect();

    std::string outcome(std::string_view method, const std::string& params) {
        const auto& answer = c.ask(method, params);
        return answer.error().empty() ? "done" : answer.error();
    }
};

} // namespace tug::test
