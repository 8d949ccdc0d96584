#pragma once

#include <tug/tug.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace tug::test {

namespace asio = boost::asio;

/// A variable of the environment that has to be there, e.g. TUG_ADDRESS: where the service is.
inline std::string variable(const char* name) {
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): no thread changes it
    if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set");
    return value;
}

/// Without a key; with TLS where TUG_TLS_CA says who signed for the service.
inline connect_options as_the_service_wants() {
    connect_options how;
    const char* ca = std::getenv("TUG_TLS_CA"); // NOLINT(concurrency-mt-unsafe): no thread changes it
    if (ca != nullptr) how.tls(tls_options().ca_file(ca));
    return how;
}

/// An event loop for tests that read from top to bottom: it runs while a test waits. Every wait has a bound.
class loop {
public:
    /// Runs until the task has ended; its value, or what it throws.
    template <class T>
    T wait(asio::awaitable<T> task) {
        std::optional<T> value;
        std::exception_ptr thrown;
        bool done = false;
        asio::co_spawn(io_, std::move(task), [&](std::exception_ptr e, T v) {
            thrown = e;
            value = std::move(v);
            done = true;
        });
        run_until(done, thrown);
        return std::move(*value);
    }

    void wait(asio::awaitable<void> task) {
        std::exception_ptr thrown;
        bool done = false;
        asio::co_spawn(io_, std::move(task), [&](std::exception_ptr e) {
            thrown = e;
            done = true;
        });
        run_until(done, thrown);
    }

    /// Starts a task beside others; wait_all() waits for them and throws what the first of them threw.
    void start(asio::awaitable<void> task) {
        ++running_;
        asio::co_spawn(io_, std::move(task), [this](std::exception_ptr e) {
            if (e && !failed_) failed_ = e;
            all_done_ = --running_ == 0;
        });
    }

    void wait_all() {
        all_done_ = running_ == 0;
        run_until(all_done_, failed_);
    }

    /// A client that is logged in with the key of the service.
    [[nodiscard]] client connect() {
        return wait(client::connect(variable("TUG_ADDRESS"),
                                    as_the_service_wants().with(credentials::from_file(variable("TUG_KEY_FILE")))));
    }

    /// What a script prints; it must succeed.
    [[nodiscard]] std::string output_of(client& on, std::string script) {
        const auto r = wait(on.exec(command::shell(script)));
        if (!r.ok()) throw std::runtime_error(script + " failed: " + r.err);
        return r.out;
    }

private:
    void run_until(const bool& done, const std::exception_ptr& thrown) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(120);
        io_.restart();
        while (!done)
            if (io_.run_one_until(until) == 0) throw std::runtime_error("waited in vain");
        if (thrown) std::rethrow_exception(thrown);
    }

    asio::io_context io_{1};
    int running_ = 0;
    bool all_done_ = true;
    std::exception_ptr failed_;
};

/// The code that the call of the SDK throws; success where it throws nothing.
template <class Call>
boost::system::error_code error_of(const Call& call) {
    try {
        call();
    } catch (const error& e) {
        return e.code();
    }
    return {};
}

} // namespace tug::test
