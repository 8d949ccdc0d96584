#pragma once

#include "reconnecting_attachment.hpp"

#include <tug/command.hpp>

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

namespace tug::cli {

/// A name for a job that its user gives none.
[[nodiscard]] std::string new_job_name(const std::string& command);

/// A command that is a job on the host, so that it outlives the connection; see reconnecting_attachment. Who ends it
/// here ends it there, and at its end the job is removed.
class reconnecting_job final : public reconnecting_attachment {
public:
    /// All but `what` must outlive it.
    reconnecting_job(client& on, const options& o, invocation& s, command what);

    /// Starts the job and attaches to it. Throws tug::error, unsupported where the host keeps no jobs.
    [[nodiscard]] boost::asio::awaitable<void> start();

    boost::asio::awaitable<void> beside() override;
    void stop_output() override;
    void cancel() override;
    void give_up() override;
    boost::asio::awaitable<void> finish() override;
    boost::asio::awaitable<void> leave(bool goes_on) override;

private:
    void tell_missing(std::uint64_t bytes) const override;
    [[nodiscard]] job_options how() const;
    [[nodiscard]] boost::asio::awaitable<void> obey();
    [[nodiscard]] boost::asio::awaitable<void> end_it();
    void ask(std::string signal);
    void tell_that_it_goes_on();

    const options& options_;
    command command_;
    std::string host_;
    std::optional<std::string> asked_; ///< A signal, or empty: that it be ended.
};

} // namespace tug::cli
