#pragma once

#include "support/raw_client.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace tug::test {

/// A raw_client whose params are JSON values, and whose streams keep to the credit that they have.
class wire_client : public raw_client {
public:
    using raw_client::raw_client;

    /// Sends a request and returns its id.
    std::uint64_t call(std::string_view method, const boost::json::object& params = {});
    void notify(std::string_view method, const boost::json::object& params, std::string_view body = {});

    const received_call& ask(std::string_view method, const boost::json::object& params = {}) {
        return wait(call(method, params));
    }

    /// Sends all of it on a stream as credit allows; false where the call was answered before.
    bool write(std::uint64_t id, std::string_view stream, std::string_view bytes, bool eof = true);

    /// A whole put.
    const received_call& put(const std::string& path, std::string_view content, boost::json::object params = {});

    /// What a stream of a call has brought so far, e.g. output(id, "stdout").
    [[nodiscard]] const std::string& output(std::uint64_t id, std::string_view stream) { return of(id).text(stream); }

private:
    std::map<std::pair<std::uint64_t, std::string>, std::uint64_t> sent_;
};

} // namespace tug::test
