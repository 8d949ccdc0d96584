#pragma once

#include <tug/os/private_file.hpp>

#include <string>
#include <utility>

namespace tug {

/// TLS 1.3 for a connection by TCP: `tug::connect_options().tls(tug::tls_options().ca_file("ca.pem"))`. The server must
/// show a certificate that leads to a CA, that is in date, and that is for the name which is connected to; nothing
/// turns that off. Files are read by client::connect(), which throws bad_tls_file for those that cannot be used.
class tls_options {
public:
    tls_options() = default;

    /// PEM file with the CAs that may sign for the server. Default: those of the system.
    tls_options& ca_file(std::string path) & {
        ca_file_ = std::move(path);
        return *this;
    }

    tls_options&& ca_file(std::string path) && { return std::move(ca_file(std::move(path))); }

    /// The name, or the numeric address, that the certificate must be for. Default: the host of the address.
    tls_options& server_name(std::string name) & {
        server_name_ = std::move(name);
        return *this;
    }

    tls_options&& server_name(std::string name) && { return std::move(server_name(std::move(name))); }

    /// PEM files with our own certificate and its key, for a server that asks for one. The key has no passphrase; its
    /// file is one of secrets, as credentials::from_file() takes it.
    tls_options& certificate(std::string certificate_file, std::string key_file,
                             os::secret_readers others = os::secret_readers::none) & {
        certificate_file_ = std::move(certificate_file);
        key_file_ = std::move(key_file);
        key_readers_ = others;
        return *this;
    }

    tls_options&& certificate(std::string certificate_file, std::string key_file,
                              os::secret_readers others = os::secret_readers::none) && {
        return std::move(certificate(std::move(certificate_file), std::move(key_file), others));
    }

    [[nodiscard]] const std::string& ca_file() const noexcept { return ca_file_; }

    [[nodiscard]] const std::string& server_name() const noexcept { return server_name_; }

    [[nodiscard]] const std::string& certificate_file() const noexcept { return certificate_file_; }

    [[nodiscard]] const std::string& key_file() const noexcept { return key_file_; }

    [[nodiscard]] os::secret_readers key_readers() const noexcept { return key_readers_; }

private:
    std::string ca_file_;
    std::string server_name_;
    std::string certificate_file_;
    std::string key_file_;
    os::secret_readers key_readers_ = os::secret_readers::none;
};

} // namespace tug
