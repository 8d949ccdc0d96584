#include "tug/proto/error_table.hpp"

#include <algorithm>
#include <array>

namespace tug::proto {

namespace {

struct code_meaning {
    errc code;
    std::string_view meaning;
};

constexpr auto meanings = std::to_array<code_meaning>({
    {errc::parse_error, "What came is no JSON text in UTF-8."},
    {errc::invalid_request, "It is JSON, and no message that the protocol allows here."},
    {errc::method_not_found, "The server has no such method: it may be an older one."},
    {errc::invalid_params, "A parameter is unknown, missing, of the wrong type or out of range."},
    {errc::internal_error, "tugd found a bug in itself, or ran out of memory."},
    {errc::auth_required, "The server wants a login, and none was given."},
    {errc::auth_failed, "The key id or the key was refused; the server does not say which."},
    {errc::permission_denied, "The key may not do this, or the operating system of the host refuses."},
    {errc::not_found, "There is no such file, job or running call."},
    {errc::already_exists, "The name is taken, and was not to be replaced."},
    {errc::path_denied, "The path leads out of the root of tugd, or into a loop."},
    {errc::not_a_regular_file, "It is a fifo, a device or a socket."},
    {errc::is_directory, "It is a directory, where a file is needed."},
    {errc::no_space, "The disk of the host is full, or a quota is used up."},
    {errc::io_error, "The operating system of the host failed; the message has its error."},
    {errc::size_mismatch, "Other than as many bytes came as were announced."},
    {errc::digest_mismatch, "The bytes that came are not those that were sent."},
    {errc::range_invalid, "The offset is past the end, or what is there is kept no longer."},
    {errc::exec_not_found, "The program was not found on the host."},
    {errc::exec_failed, "The program could not be started."},
    {errc::timed_out, "The time that was allowed is over; what ran was ended."},
    {errc::busy, "A limit of tugd is reached."},
    {errc::frame_too_large, "What came is larger than a message may be: often something that is no tug client."},
    {errc::flow_control_violation, "More bytes came than were allowed to."},
    {errc::shutting_down, "tugd is ending."},
    {errc::rate_limited, "Too many logins from this address have failed; it has to wait."},
    {errc::unsupported, "This host cannot do that; the message says what would let it."},
    {errc::dependency_failed, "A call that this one was to begin after has failed."},
    {errc::precondition_failed, "What is there is not what it was to be before it is replaced."},
    {errc::job_lost, "The job, or its host, went away before there was a result."},
    {errc::cancelled, "The call was cancelled, here or by a signal."},
    {errc::server_auth_failed, "The server did not prove that it has the key: it may be another one."},
    {errc::unsupported_protocol, "Client and server speak different versions of the protocol."},
    {errc::protocol_violation, "What the other side says is not the protocol of tug."},
    {errc::connection_lost, "The connection ended before the answer came."},
    {errc::connect_failed, "There is no connection to that address."},
    {errc::connect_timed_out, "Connecting or logging in took too long."},
    {errc::bad_address, "The address cannot be read."},
    {errc::bad_key_file, "The key file is missing, malformed, or open to other users."},
    {errc::local_io, "A file on this side could not be read or written."},
    {errc::client_closed, "The client object was closed."},
    {errc::unknown_error, "The server sent an error whose name this side does not know."},
    {errc::tls_failed, "The TLS handshake failed, or a certificate was refused."},
    {errc::tls_untrusted, "The certificate of the server is not to be trusted: its CA, its name or its dates."},
    {errc::tls_required, "The server speaks TLS, and this side did not."},
    {errc::tls_not_offered, "This side speaks TLS, and the server does not."},
    {errc::bad_tls_file, "A certificate, key or CA file cannot be used."},
});

} // namespace

std::string_view meaning(errc code) noexcept {
    const auto* const at = std::ranges::find(meanings, code, &code_meaning::code);
    return at == meanings.end() ? std::string_view() : at->meaning;
}

} // namespace tug::proto
