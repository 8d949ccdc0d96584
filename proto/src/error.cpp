#include "tug/proto/error.hpp"

#include "tug/proto/error_table.hpp"

#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

#include <array>

namespace tug::proto {

namespace {

struct named_code {
    errc code;
    std::string_view name;
    std::string_view remedy;
};

constexpr auto codes = std::to_array<named_code>({
    {errc::success, "success", "nothing to do"},
    {errc::parse_error, "parse_error", "send one JSON text in UTF-8, at most 16 levels deep"},
    {errc::invalid_request, "invalid_request", "send a JSON-RPC 2.0 message that PROTOCOL.md allows here"},
    {errc::method_not_found, "method_not_found", "call rpc.discover for the methods that are served"},
    {errc::invalid_params, "invalid_params", "correct the parameter that is named"},
    {errc::internal_error, "internal_error", "look into the log of tugd for the cause"},
    {errc::auth_required, "auth_required", "log in first: give a key with --key-file"},
    {errc::auth_failed, "auth_failed", "check that the key id and the key are the same on both sides"},
    {errc::permission_denied, "permission_denied", "use a key or a user that may do this"},
    {errc::not_found, "not_found", "check the name and that it exists below the root of tugd"},
    {errc::already_exists, "already_exists", "allow overwriting or choose another name"},
    {errc::path_denied, "path_denied", "use a path that stays below the root of tugd"},
    {errc::not_a_regular_file, "not_a_regular_file", "name a regular file"},
    {errc::is_directory, "is_directory", "name a file inside that directory"},
    {errc::no_space, "no_space", "free disk space or quota on the host of tugd; nothing was changed"},
    {errc::io_error, "io_error", "look at the disk and the kernel log of the host of tugd"},
    {errc::size_mismatch, "size_mismatch", "send the file again; it changed or was cut on the way"},
    {errc::digest_mismatch, "digest_mismatch", "send the file again; it changed on the way"},
    {errc::range_invalid, "range_invalid", "use an offset that is not past the end of the file"},
    {errc::exec_not_found, "exec_not_found", "check the program's name, its PATH, and the interpreter of a script"},
    {errc::exec_failed, "exec_failed", "correct what the message names; the program did not run"},
    {errc::timed_out, "timed_out", "allow more time"},
    {errc::busy, "busy", "try again later, or raise the limit of tugd"},
    {errc::frame_too_large, "frame_too_large", "check that a tug client speaks to this port, without TLS"},
    {errc::flow_control_violation, "flow_control_violation", "send no more bytes than rpc.credit allows"},
    {errc::shutting_down, "shutting_down", "try again when tugd is back"},
    {errc::rate_limited, "rate_limited", "wait, then check the key: too many logins failed"},
    {errc::unsupported, "unsupported", "leave it out, or give the host of tugd what the message names"},
    {errc::dependency_failed, "dependency_failed", "see why the call that this one waited for failed"},
    {errc::precondition_failed, "precondition_failed",
     "fetch what is there now, and send again with its digest: another writer was first"},
    {errc::connect_failed, "connect_failed", "check the address, and that what is to answer there runs"},
    {errc::job_lost, "job_lost",
     "look at what is kept of its output; whether it did its work is not known, so no name starts it again"},
    {errc::cancelled, "cancelled", "nothing to do: the call was cancelled"},
    {errc::server_auth_failed, "server_auth_failed", "do not trust this server; check address and key"},
    {errc::unsupported_protocol, "unsupported_protocol", "use a client and a tugd of the same protocol version"},
    {errc::protocol_violation, "protocol_violation", "check that a tugd listens at this address"},
    {errc::connection_lost, "connection_lost", "connect again; whether the call was carried out is not known"},
    {errc::connect_timed_out, "connect_timed_out", "check the address and the network, or allow more time"},
    {errc::bad_address, "bad_address", "write HOST, HOST:PORT, [IPv6]:PORT, unix:PATH or tug://HOST:PORT"},
    {errc::bad_key_file, "bad_key_file", "make a key with `tug keygen ID` and keep its file at mode 0600"},
    {errc::local_io, "local_io", "check the local file and its directory"},
    {errc::client_closed, "client_closed", "connect a new client"},
    {errc::tls_failed, "tls_failed", "use TLS 1.3, and a client certificate where tugd asks for one"},
    {errc::tls_untrusted, "tls_untrusted", "check --tls-ca and the host name; else do not trust this server"},
    {errc::tls_required, "tls_required", "turn TLS on: --tls, or --tls-ca FILE where the CA is your own"},
    {errc::tls_not_offered, "tls_not_offered", "give tugd a certificate, or leave TLS off"},
    {errc::bad_tls_file, "bad_tls_file", "use PEM files that fit each other; the key has mode 0600, no passphrase"},
    {errc::unknown_error, "unknown_error", "read the message; this side does not know the error's name"},
});

const named_code* find(errc code) noexcept {
    for (const auto& e : codes)
        if (e.code == code) return &e;
    return nullptr;
}

// Boost's base class has a public, non-virtual destructor on purpose: categories are static and never deleted.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

class tug_category final : public boost::system::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "tug"; }

    [[nodiscard]] std::string message(int value) const override {
        const auto code = static_cast<errc>(value);
        return std::string(name_of(code)).append(": ").append(remedy(code));
    }
};

#pragma GCC diagnostic pop

} // namespace

std::string_view name_of(errc code) noexcept {
    const auto* e = find(code);
    return e ? e->name : "unknown_error";
}

std::string_view remedy(errc code) noexcept {
    const auto* e = find(code);
    return e ? e->remedy : remedy(errc::unknown_error);
}

errc errc_from_name(std::string_view name) noexcept {
    for (const auto& e : codes)
        if (e.name == name) return e.code;
    return errc::unknown_error;
}

std::vector<errc> all_errors() {
    std::vector<errc> out;
    for (const auto& e : codes)
        if (e.code != errc::success) out.push_back(e.code);
    return out;
}

bool retryable(errc code) noexcept {
    return code == errc::busy || code == errc::shutting_down || code == errc::rate_limited;
}

const boost::system::error_category& category() noexcept {
    static const tug_category instance;
    return instance;
}

boost::system::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), category()};
}

failure failure::bad_field(std::string_view field, std::string_view why) {
    failure f{errc::invalid_params, std::string("\"").append(field).append("\" ").append(why)};
    f.field = field;
    return f;
}

void throw_exception_from_error(const failure& f, const boost::source_location& where) {
    boost::throw_exception(boost::system::system_error(make_error_code(f.code), f.message), where);
}

} // namespace tug::proto
