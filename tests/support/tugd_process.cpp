#include "support/tugd_process.hpp"

#include <csignal>
#include <stdexcept>
#include <utility>

namespace tug::test {

namespace {

constexpr std::string_view greeting = "tugd listening on ";

std::vector<std::string> with_name(std::string name, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), std::move(name));
    return arguments;
}

std::string made_keys(const std::string& path) {
    const auto made = run({"tug", "keygen", "tester", "-o", path});
    if (made.exit_code != 0) throw std::runtime_error("tug keygen: " + made.err);
    return path;
}

} // namespace

tugd_process::tugd_process(std::vector<std::string> arguments, const environment& env, std::size_t listeners)
    : program_(with_name("tugd", std::move(arguments)), env) {
    while (addresses_.size() < listeners) {
        const auto line = program_.read_line();
        if (!line.starts_with(greeting)) throw std::runtime_error("tugd said: " + line);
        addresses_.push_back(line.substr(greeting.size()));
    }
}

std::string tugd_process::port() const {
    return address().substr(address().rfind(':') + 1);
}

tugd_process::~tugd_process() {
    try {
        if (!stopped_) stop();
    } catch (const std::exception&) {
        return; // it did not end in time and was killed
    }
}

int tugd_process::stop() {
    stopped_ = true;
    program_.signal(SIGTERM);
    return program_.wait();
}

tugd_fixture::tugd_fixture()
    : keys(made_keys(local / "keys")),
      socket(local / "tugd.sock"),
      daemon({"--listen", "127.0.0.1:0", "--listen", "unix:" + socket, "--root", root_.path().string(), "--keys", keys},
             {}, 2) {}

program tugd_fixture::start_tug(std::vector<std::string> arguments, const environment& extra, standard_fds fds) {
    environment env{{"TUG_ADDRESS", daemon.address()}, {"TUG_KEY_FILE", keys}};
    for (const auto& [name, value] : extra) env[name] = value;
    return program(with_name("tug", std::move(arguments)), env, fds);
}

run_result tugd_fixture::tug(std::vector<std::string> arguments, std::string_view input, const environment& extra) {
    auto p = start_tug(std::move(arguments), extra);
    p.write(input);
    p.close_stdin();
    const int code = p.wait();
    return {code, p.out(), p.err()};
}

} // namespace tug::test
