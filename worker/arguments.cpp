#include "arguments.hpp"

#include "core/job_request.hpp"

#include <tug/os/escape.hpp>

#include <exception>
#include <iostream>

namespace tug::worker {

namespace {

std::string wrong_queue(const std::string& name) {
    const bool good = is_queue_name(name) && name.find('.') == std::string::npos;
    return good ? std::string() : "a queue is named by A-Z a-z 0-9 _ -";
}

} // namespace

void add_queue_flags(CLI::App& app, queue_options& to) {
    app.add_option("--nats", to.url, "the servers of NATS, parted by commas")->envname("TUG_NATS")->type_name("URL");
    auto* const user = app.add_option("--nats-user", to.user, "the user that logs in there, by a password")
                           ->envname("TUG_NATS_USER")
                           ->type_name("NAME");
    auto* const password = app.add_option("--nats-password-file", to.password_file, "its password, mode 0600")
                               ->envname("TUG_NATS_PASSWORD_FILE")
                               ->type_name("FILE")
                               ->needs(user);
    user->needs(password);
    app.add_option("--nats-creds", to.credentials, "a file of credentials for them")
        ->envname("TUG_NATS_CREDS")
        ->type_name("FILE");
    app.add_option("--nats-ca", to.ca_file, "speak TLS to them: who may sign for them")
        ->envname("TUG_NATS_CA")
        ->type_name("FILE");
    app.add_option("--queue", to.queue, "the name of the queue")
        ->envname("TUG_QUEUE")
        ->type_name("NAME")
        ->check(CLI::Validator(wrong_queue, ""));
}

void host_flags::add_to(CLI::App& app) {
    app.add_option("--key-file", key_file, "log in with a key of this file")
        ->envname("TUG_KEY_FILE")
        ->type_name("FILE");
    app.add_option("--key", key_id, "the id of the key in that file (its first)")->envname("TUG_KEY")->type_name("ID");
    app.add_flag("--key-file-any", any_reader, "others may be able to read the files of --key-file and --tls-key");
    app.add_flag("--tls", tls, "speak TLS; so do those below, each by itself")->envname("TUG_TLS");
    app.add_option("--tls-ca", tls_ca, "who may sign for tugd (the CAs of the system)")
        ->envname("TUG_TLS_CA")
        ->type_name("FILE");
    app.add_option("--tls-server-name", tls_server_name, "whom the certificate of tugd is for (the host)")
        ->envname("TUG_TLS_SERVER_NAME")
        ->type_name("NAME");
    auto* const certificate = app.add_option("--tls-cert", tls_cert, "our certificate, where tugd asks for one")
                                  ->envname("TUG_TLS_CERT")
                                  ->type_name("FILE");
    auto* const key = app.add_option("--tls-key", tls_key, "its key, mode 0600")
                          ->envname("TUG_TLS_KEY")
                          ->type_name("FILE")
                          ->needs(certificate);
    certificate->needs(key);
}

connect_options host_flags::options() const {
    const auto readers = any_reader ? secret_readers::any : secret_readers::none;
    connect_options out;
    if (!key_file.empty()) {
        const auto id = key_id.empty() ? std::nullopt : std::optional(key_id);
        out.with(credentials::from_file(key_file, id, readers));
    }
    if (tls || !tls_ca.empty() || !tls_server_name.empty() || !tls_cert.empty())
        out.tls(tls_options().ca_file(tls_ca).server_name(tls_server_name).certificate(tls_cert, tls_key, readers));
    return out;
}

CLI::Option* add_seconds(CLI::App& app, const std::string& flag, std::chrono::milliseconds& to,
                         const std::string& about) {
    constexpr double most = 7 * 86'400;
    const std::function<void(const double&)> set = [&to](const double& seconds) {
        to = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
    };
    return app.add_option_function(flag, set, about)->type_name("SECONDS")->check(CLI::Range(0.1, most, ""));
}

int guarded(const char* name, const std::function<int()>& what) {
    try {
        return what();
    } catch (const std::exception& e) {
        std::cerr << name << ": " << os::printable(e.what()) << "\n";
        return 1;
    }
}

} // namespace tug::worker
