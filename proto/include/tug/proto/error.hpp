#pragma once

#include <boost/json/object.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tug::proto {

/// Everything that can go wrong, on the wire and beside it. Negative values are the codes of PROTOCOL.md and stable;
/// positive ones never cross the wire: they are what the client side finds out by itself.
/// remedy() says for each what to do about it.
enum class errc : std::int32_t {
    success = 0,

    // --- on the wire ---------------------------------------------------------------------------------------------
    parse_error = -32700,        ///< The envelope is no JSON text in UTF-8. Remedy: fix the encoder of the peer.
    invalid_request = -32600,    ///< JSON, but no valid JSON-RPC 2.0 message here. Remedy: see the message.
    method_not_found = -32601,   ///< No such method. Remedy: ask rpc.discover what is served.
    invalid_params = -32602,     ///< A member is unknown, missing or wrong; `field` names it. Remedy: fix it.
    internal_error = -32603,     ///< A bug or exhausted memory in the daemon. Remedy: its log has the cause.
    auth_required = -32000,      ///< A request before login. Remedy: authenticate first (--key-file).
    auth_failed = -32001,        ///< Key id or proof refused. Remedy: check the key id and the key on both sides.
    permission_denied = -32002,  ///< The OS or the key's permissions refuse. Remedy: `need` or `os_error` says which.
    not_found = -32003,          ///< No such file, or no such running call. Remedy: check the path.
    already_exists = -32004,     ///< The target exists and overwrite is false. Remedy: overwrite, or another name.
    path_denied = -32005,        ///< The path leads out of the root, or loops. Remedy: a path below the root.
    not_a_regular_file = -32006, ///< A fifo, device or socket. Remedy: name a regular file.
    is_directory = -32007,       ///< The path is a directory. Remedy: name a file.
    no_space = -32008,           ///< Disk full or over quota. Remedy: free space; nothing was changed.
    io_error = -32009,           ///< The OS failed; `os_error` names it. Remedy: look at the disk.
    size_mismatch = -32010,      ///< Not as many bytes came as `size` promised. Remedy: send again.
    digest_mismatch = -32011,    ///< The bytes are not those the digest was made of. Remedy: send again.
    range_invalid = -32012,      ///< The offset is past the end of the file. Remedy: an offset up to its size.
    exec_not_found = -32013,     ///< The program was not found. Remedy: check argv[0] and PATH.
    exec_failed = -32014,        ///< The program could not be started; `os_error` says why.
    timed_out = -32015,          ///< timeout_ms ran out. Remedy: a longer timeout.
    busy = -32016,               ///< A limit of the daemon is reached. Remedy: try again later.
    frame_too_large = -32017,    ///< A size over the limit stands in a frame header. Remedy: smaller frames.
    flow_control_violation = -32018, ///< More bytes than the credit allowed. Remedy: fix the peer's flow control.
    shutting_down = -32019,          ///< The daemon is ending. Remedy: try again when it is back.
    rate_limited = -32020,           ///< Too many failed logins from this source. Remedy: wait, then check the key.
    unsupported = -32021,            ///< Not to be had on this host. Remedy: the message says what would let it.
    dependency_failed = -32022,      ///< A call that this one was to begin after failed. Remedy: see that one.
    precondition_failed = -32023,    ///< What is there is not what `if_match` says. Remedy: fetch it, then send again.
    connect_failed = -32024,         ///< No connection; `os_error` says why. Remedy: check that address.
    job_lost = -32025,               ///< The job ended and left no result. Remedy: look at its output, start another.
    cancelled = -32800,              ///< The call was cancelled. Remedy: none needed.

    // --- local ---------------------------------------------------------------------------------------------------
    server_auth_failed = 1,   ///< The server did not prove that it has the key. Remedy: do not trust it.
    unsupported_protocol = 2, ///< The server speaks another version of the protocol. Remedy: update one side.
    protocol_violation = 3,   ///< The peer broke the protocol. Remedy: check that a tugd listens there.
    connection_lost = 4,      ///< The connection ended before the answer. Remedy: connect and try again.
    connect_timed_out = 6,    ///< Connecting or logging in took too long. Remedy: check network and address.
    bad_address = 7,          ///< The address cannot be parsed. Remedy: HOST, HOST:PORT or unix:PATH.
    bad_key_file = 8,         ///< A key file that cannot be used. Remedy: `tug keygen`, mode 0600.
    local_io = 9,             ///< A local file could not be read or written. Remedy: `os_error` says why.
    client_closed = 10,       ///< The client object was closed. Remedy: connect again.
    unknown_error = 11,       ///< The server sent an error of a name this side does not know.
    tls_failed = 12,          ///< The TLS handshake failed, or the other side refused our certificate. Remedy: see the
                     ///< message; both need TLS 1.3, and the client a certificate where the server asks for it.
    tls_untrusted = 13,   ///< The certificate of the server is not to be trusted: its CA, its name or its dates.
                          ///< Remedy: the right CA file and host name; if they are right, do not trust the server.
    tls_required = 14,    ///< The server speaks TLS and we did not. Remedy: turn TLS on (--tls-ca).
    tls_not_offered = 15, ///< We spoke TLS and the server does not. Remedy: a certificate for tugd, or no TLS here.
    bad_tls_file = 16,    ///< A certificate, key or CA file that cannot be used. Remedy: PEM files that fit each
                          ///< other, the key without passphrase and at mode 0600.
};

/// The contract name of an enumerator, e.g. "not_found"; as in `error.data.name` for those on the wire.
[[nodiscard]] std::string_view name_of(errc code) noexcept;

/// One sentence that says what to do, e.g. "check the path".
[[nodiscard]] std::string_view remedy(errc code) noexcept;

/// The enumerator of that contract name; unknown_error where there is none.
[[nodiscard]] errc errc_from_name(std::string_view name) noexcept;

/// True where the same request may succeed later without any change.
[[nodiscard]] bool retryable(errc code) noexcept;

/// The one category of tug; messages are name and remedy.
[[nodiscard]] const boost::system::error_category& category() noexcept;

[[nodiscard]] boost::system::error_code make_error_code(errc code) noexcept;

/// A failure as it travels: the enumerator, a text for people and the facts of `error.data`.
/// Texts that repeat what a peer sent are cut when they are encoded (field 256 bytes, message 512).
struct failure {
    errc code = errc::internal_error;
    std::string message;                    ///< For people; never a path outside the root.
    std::string field;                      ///< `data.field`: the member that is wrong, for invalid_params.
    std::string os_error;                   ///< `data.errno`: the errno by name, e.g. "ENOSPC".
    std::string need;                       ///< `data.need`: the permission that the key lacks.
    bool stored = false;                    ///< `data.stored`: the file has its name, and what failed came after that.
    std::optional<std::uint64_t> kept_from; ///< `data.kept_from`: the oldest position of an output that a job keeps.

    failure() = default;

    failure(errc c) : code(c) {} // NOLINT(google-explicit-constructor): a bare code is a failure

    failure(errc c, std::string text) : code(c), message(std::move(text)) {}

    /// A member of params that is wrong.
    [[nodiscard]] static failure bad_field(std::string_view field, std::string_view why);
};

/// A value or the failure that took its place. Failures of peers and of the OS are values inside tug;
/// only the SDK's public calls turn them into exceptions.
template <class T>
using result = boost::system::result<T, failure>;

/// Lets result<T>::value() throw; tug's own code tests before it takes.
[[noreturn]] void throw_exception_from_error(const failure& f, const boost::source_location& where);

} // namespace tug::proto

template <>
struct boost::system::is_error_code_enum<tug::proto::errc> : std::true_type {};
