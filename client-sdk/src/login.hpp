#pragma once

#include <tug/credentials.hpp>
#include <tug/net/transport.hpp>
#include <tug/proto/hello.hpp>

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::detail {

/// A login that was begun: what is sent, and what both proofs are over.
struct login {
    proto::authenticate_params params;
    std::string transcript;
};

/// The login that a greeting asks for, on that connection; nothing where none is asked for and there is no key.
[[nodiscard]] proto::result<std::optional<login>> begin_login(const proto::hello& hello, std::string_view envelope,
                                                              const net::transport& on,
                                                              const std::optional<credentials>& who);

/// What the key may do, once the server has proved by its answer that it has the key too.
[[nodiscard]] proto::result<std::vector<std::string>> check_login(const boost::json::value& answer,
                                                                  const credentials& who, const login& begun);

} // namespace tug::detail
