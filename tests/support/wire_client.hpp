#pragma once

#include "support/frames.hpp"

#include "tug/proto/auth.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace tug::test {

/// What came back for a call.
struct wire_answer {
    boost::json::object envelope;

    /// Throws where it is an error.
    [[nodiscard]] const boost::json::object& result() const;

    /// The name of the error; empty where it is a result.
    [[nodiscard]] std::string error() const;

    /// `error.data`. Throws where it is a result.
    [[nodiscard]] const boost::json::object& data() const;
};

/// One connection to a tugd, spoken by hand over a blocking socket, without the SDK. Every wait has the bound of
/// program.hpp; then, and where the connection ends, std::runtime_error is thrown.
class wire_client {
public:
    /// Takes "HOST:PORT" (an IPv4 address) or "unix:PATH". Connects and says nothing.
    explicit wire_client(const std::string& address);
    ~wire_client();
    wire_client(wire_client&& other) noexcept;
    wire_client& operator=(wire_client&& other) noexcept;

    /// Reads rpc.hello; its params.
    boost::json::object hello();

    /// Logs in; hello() comes first.
    wire_answer log_in(std::string_view key_id, const proto::secret_key& key);

    void send(std::string_view bytes);
    [[nodiscard]] read_frame receive();

    /// Sends a request and returns its id.
    std::uint64_t call(std::string_view method, const boost::json::object& params = {});
    void notify(std::string_view method, const boost::json::object& params, std::string_view body = {});

    /// Takes frames until the answer of that call; credit is given for what its streams bring unless `gives_credit` is
    /// false.
    wire_answer wait(std::uint64_t id);

    wire_answer ask(std::string_view method, const boost::json::object& params = {}) {
        return wait(call(method, params));
    }

    /// Sends all of it on a stream as credit allows; false where the call was answered before.
    bool write(std::uint64_t id, std::string_view stream, std::string_view bytes, bool eof = true);

    /// A whole put.
    wire_answer put(const std::string& path, std::string_view content, boost::json::object params = {});

    /// Output of a call that nobody has taken yet, e.g. output(id, "stdout").
    std::string& output(std::uint64_t id, std::string_view stream) { return output_[{id, std::string(stream)}]; }

    /// Takes one more frame and sorts it in.
    void step();

    void half_close();
    /// Ends the connection by a FIN, or by an RST.
    void close();
    void reset();

    /// True where the peer ends the connection, before the bound and before it sends anything else.
    [[nodiscard]] bool ended_by_peer();

    bool gives_credit = true;
    /// Where it is set, bodies go there and not to output().
    std::function<void(std::string_view body)> on_body;

private:
    void fill(std::size_t size);
    void on_frame(read_frame f);
    void on_data(const boost::json::object& params, std::string body);

    [[nodiscard]] bool answered(std::uint64_t id) const { return answers_.contains(id); }

    int fd_ = -1;
    std::uint64_t next_id_ = 1;
    std::string hello_envelope_;
    std::string in_;
    std::size_t taken_ = 0;
    std::map<std::uint64_t, wire_answer> answers_;
    std::map<std::pair<std::uint64_t, std::string>, std::string> output_;
    std::map<std::pair<std::uint64_t, std::string>, std::uint64_t> credit_; ///< What was sent is already off it.
};

} // namespace tug::test
