#pragma once

#include "support/frames.hpp"
#include "support/tls_peer.hpp"

#include "tug/proto/auth.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tug::test {

/// What came of one stream of a call.
struct received_stream {
    std::string bytes;
    bool eof = false;
    bool stopped = false;     ///< The server wants no more of it.
    std::uint64_t credit = 0; ///< What rpc.credit granted, on top of the window.
};

/// What came back for a call so far.
struct received_call {
    std::map<std::string, received_stream, std::less<>> streams;
    std::optional<boost::json::object> answer;

    /// Throws where it is an error.
    [[nodiscard]] const boost::json::object& result() const;

    /// A member of the result as JSON text, e.g. "exit_code"; empty where it has none.
    [[nodiscard]] std::string at(std::string_view member) const;

    /// The name of the error; empty where it is a result.
    [[nodiscard]] std::string error() const;

    /// A member of `error.data` as JSON text; empty where it has none.
    [[nodiscard]] std::string data(std::string_view member) const;

    [[nodiscard]] const std::string& text(std::string_view stream) const;
};

/// A connection to a server, spoken by hand over a blocking socket: it can say anything, and sees every frame. Each
/// wait has the bound of program.hpp, after which an exception is thrown. Params are written as JSON text; see
/// wire_client for tests that only need them to be right.
class raw_client {
public:
    /// Takes "HOST:PORT" (an IPv4 address) or "unix:PATH". Connects, from the IPv4 address `from` where that is not
    /// empty, and says nothing.
    explicit raw_client(const std::string& address, const std::string& from = {});

    /// The same, and does a TLS handshake.
    raw_client(const std::string& address, const tls_wish& how);
    ~raw_client();
    raw_client(raw_client&& other) noexcept;
    raw_client& operator=(raw_client&& other) noexcept;

    [[nodiscard]] int native_handle() const noexcept { return fd_; }

    // --- the opening -----------------------------------------------------------------------------------------------
    /// Reads rpc.hello; its params.
    boost::json::object hello();

    [[nodiscard]] const std::string& hello_envelope() const noexcept { return hello_envelope_; }

    /// The params of a login that is right, also on TLS; hello() comes first.
    [[nodiscard]] boost::json::object login_params(std::string_view key_id, const proto::secret_key& key) const;

    /// Logs in and says how that went; hello() comes first.
    const received_call& authenticate(std::string_view key_id, const proto::secret_key& key);

    /// hello(), then authenticate(). Throws where that fails.
    void log_in(std::string_view key_id, const proto::secret_key& key);

    [[nodiscard]] tls_peer* tls() const noexcept { return tls_.get(); }

    // --- bytes and frames ------------------------------------------------------------------------------------------
    void send(std::string_view bytes);

    /// False where the server is gone.
    [[nodiscard]] bool try_send(std::string_view bytes) noexcept;

    /// Waits until the server has read all that was sent. For Unix sockets only.
    void await_read() const;

    [[nodiscard]] read_frame receive();

    /// The next frame in one line: the method of a notification, "result ID", or "error(NAME ID)"; "end" where the
    /// server has closed.
    [[nodiscard]] std::string hear();

    /// Sends an envelope as it is; the next frame in one line.
    [[nodiscard]] std::string hear_of(std::string_view envelope, std::string_view body = {});

    /// True where a ping is answered, and nothing comes before its answer.
    [[nodiscard]] bool is_served();

    /// True where the server closes, and says nothing before.
    [[nodiscard]] bool is_closed() { return hear() == "end"; }

    /// Whether something can be read at once, or within that time.
    [[nodiscard]] bool has_input(int milliseconds = 0) const;

    // --- calls -----------------------------------------------------------------------------------------------------
    /// Sends a request and returns its id.
    std::uint64_t call(std::string_view method, std::string_view params = "{}");

    void note(std::string_view method, std::string_view params = "{}", std::string_view body = {});

    /// rpc.data, rpc.stop and rpc.cancel for a call.
    void write(std::uint64_t id, std::string_view stream, std::string_view bytes, bool eof = false);
    void stop(std::uint64_t id, std::string_view stream);
    void cancel(std::uint64_t id);
    void grant(std::uint64_t id, std::string_view stream, std::uint64_t bytes);

    /// Takes frames until that call is answered, and gives credit for what comes unless `gives_credit` is false.
    const received_call& wait(std::uint64_t id);

    const received_call& ask(std::string_view method, std::string_view params = "{}") {
        return wait(call(method, params));
    }

    /// Takes frames until so much has come on the stream.
    const std::string& read(std::uint64_t id, std::string_view stream, std::size_t bytes);

    /// Takes one frame and sorts it in. An error of the connection is an exception.
    void step();

    [[nodiscard]] received_call& of(std::uint64_t id) { return calls_[id]; }

    /// What the server has allowed for a stream since the call began.
    [[nodiscard]] std::uint64_t allowed(std::uint64_t id, std::string_view stream) const;

    [[nodiscard]] bool is_answered(std::uint64_t id) { return calls_[id].answer.has_value(); }

    /// Drops what came for a call: for clients that make very many.
    void forget(std::uint64_t id) { calls_.erase(id); }

    // --- the end ---------------------------------------------------------------------------------------------------
    void half_close();
    void close();
    void reset();

    bool gives_credit = true;
    /// Where it is set, what streams bring goes there and is not kept.
    std::function<void(std::string_view bytes)> on_body;

private:
    [[nodiscard]] bool fill(std::size_t size);
    [[nodiscard]] ssize_t read_some(char* to, std::size_t most);
    void on_data(const boost::json::object& params, std::string_view body);

    int fd_ = -1;
    std::unique_ptr<tls_peer> tls_;
    std::uint64_t next_id_ = 1;
    std::string hello_envelope_;
    std::string in_;
    std::size_t taken_ = 0;
    std::map<std::uint64_t, received_call> calls_;
};

/// What a get or put of that content is digested to, of the default kind.
[[nodiscard]] std::string digest_of(std::string_view content);

/// Bytes that repeat nowhere near.
[[nodiscard]] std::string sample_bytes(std::size_t size);

/// JSON text of a string.
[[nodiscard]] std::string json_text(std::string_view text);

} // namespace tug::test
