#pragma once

#include "followed.hpp"
#include "reconnection.hpp"
#include "replayed_input.hpp"

#include <tug/command.hpp>
#include <tug/jobs.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace tug::cli {

/// A name for a job that its user gives none.
[[nodiscard]] std::string new_job_name(const std::string& command);

/// A command that is a job on the host: where the connection is lost, or tugd is killed, it is attached to again, and
/// both directions go on at the very byte. At its end the job is removed.
class reconnecting_job final : public followed {
public:
    /// All but `what` must outlive it.
    reconnecting_job(client& on, const options& o, invocation& s, command what);

    /// Starts the job and attaches to it. Throws tug::error, unsupported where the host keeps no jobs.
    [[nodiscard]] boost::asio::awaitable<void> start();

    boost::asio::awaitable<output> read() override;
    boost::asio::awaitable<bool> write(chunk bytes) override;
    void close_stdin() override;
    boost::asio::awaitable<void> resize(std::uint16_t rows, std::uint16_t cols) override;
    boost::asio::awaitable<exec_result> wait() override;
    boost::asio::awaitable<void> beside() override;
    void stop_output() override;
    void cancel() override;
    void give_up() override;

    [[nodiscard]] bool is_job() const override { return true; }

    [[nodiscard]] bool away() const override { return connection_.away(); }

    boost::asio::awaitable<void> finish() override;
    boost::asio::awaitable<void> leave(bool goes_on) override;

private:
    [[nodiscard]] boost::asio::awaitable<void> attach();
    [[nodiscard]] boost::asio::awaitable<void> attach_again(failure why);
    [[nodiscard]] boost::asio::awaitable<std::optional<failure>> try_to_read(output& into);
    [[nodiscard]] bool is_new(output& piece);
    [[nodiscard]] boost::asio::awaitable<void> send_input();
    [[nodiscard]] boost::asio::awaitable<void> send_one();
    [[nodiscard]] boost::asio::awaitable<void> forget_taken();
    [[nodiscard]] boost::asio::awaitable<void> obey();
    [[nodiscard]] boost::asio::awaitable<void> change();
    [[nodiscard]] boost::asio::awaitable<void> end_it();
    void ask(std::string signal);
    void tell_that_it_goes_on();
    [[nodiscard]] job_options how() const;

    const options& options_;
    reconnection connection_;
    command command_;
    std::string name_;
    std::string host_;
    job_attachment attachment_;
    std::uint64_t generation_ = 0; ///< Counts attachments.
    std::array<std::uint64_t, 2> positions_{};
    bool from_kept_ = false; ///< What would come next is kept no longer.
    std::uint64_t missing_ = 0;
    bool discarding_ = false;
    replayed_input input_;
    bool reads_no_more_ = false;
    std::optional<std::pair<std::uint16_t, std::uint16_t>> size_;
    std::optional<std::string> asked_;  ///< A signal, or empty: that it be ended.
    boost::asio::steady_timer changed_; ///< Never due: cancelled by a change.
};

} // namespace tug::cli
