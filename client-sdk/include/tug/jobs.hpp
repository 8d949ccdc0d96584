#pragma once

#include <tug/chunk.hpp>
#include <tug/command.hpp>
#include <tug/detail/initiate.hpp>
#include <tug/detail/job_calls.hpp>
#include <tug/job_info.hpp>
#include <tug/process.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tug {

/// A job that is followed, made by jobs::attach(). Destroying it detaches: the job goes on, and can be attached to
/// again at the positions that this one has come to.
///
/// Tokens, errors and threads: as client. Calls fail also with job_lost, where the job left no result, and with busy,
/// where another attachment has taken over stdin. One call at a time reads, and one at a time writes.
class job_attachment {
public:
    job_attachment() = default;

    job_attachment(std::shared_ptr<detail::session> session, std::shared_ptr<detail::process_state> state,
                   std::string name) noexcept
        : session_(std::move(session)), state_(state), call_(std::move(state)), name_(std::move(name)) {}

    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    /// The next piece of either stream. Output that is not read does not hold the job up; what is kept no longer when
    /// its turn comes is missing, which the position tells.
    template <detail::token_for<output> Token = detail::default_token>
    [[nodiscard]] auto read(Token&& token = Token()) {
        return call_.read(std::forward<Token>(token));
    }

    /// The next piece of that stream; empty at its end.
    template <detail::token_for<chunk> Token = detail::default_token>
    [[nodiscard]] auto read_out(Token&& token = Token()) {
        return call_.read_out(std::forward<Token>(token));
    }

    template <detail::token_for<chunk> Token = detail::default_token>
    [[nodiscard]] auto read_err(Token&& token = Token()) {
        return call_.read_err(std::forward<Token>(token));
    }

    /// Behind the last byte of that output that was read: where another attachment goes on. Safe from any thread.
    [[nodiscard]] std::uint64_t position(output_stream of) const;

    /// How many bytes of stdin the job was given before this attachment, which is where write() begins. Waits until it
    /// is the one that writes; cancelled where the job has ended before. Precondition: with_stdin.
    template <detail::token_for<std::uint64_t> Token = detail::default_token>
    [[nodiscard]] auto input_position(Token&& token = Token()) {
        return detail::initiate(detail::input_position(state_), state_, std::forward<Token>(token));
    }

    /// Sends all of it to stdin. False where the job reads no more or has ended. Precondition: with_stdin.
    template <detail::token_for<bool> Token = detail::default_token>
    [[nodiscard]] auto write(const std::string& bytes, Token&& token = Token()) {
        return call_.write(bytes, std::forward<Token>(token));
    }

    template <detail::token_for<bool> Token = detail::default_token>
    [[nodiscard]] auto write(chunk bytes, Token&& token = Token()) {
        return call_.write(std::move(bytes), std::forward<Token>(token));
    }

    /// End of file on stdin of the job, for good.
    void close_stdin() { call_.close_stdin(); }

    /// Sends a signal to the process group, by its name without SIG.
    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto signal(std::string name, Token&& token = Token()) {
        return detail::initiate(detail::signal_job(session_, name_, std::move(name)), session_,
                                std::forward<Token>(token));
    }

    /// Gives its terminal another size. Precondition: command::terminal().
    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto resize(std::uint16_t rows, std::uint16_t cols, Token&& token = Token()) {
        return detail::initiate(detail::resize_job(session_, name_, rows, cols), session_, std::forward<Token>(token));
    }

    /// Leaves the job alone: wait() then fails with cancelled. Idempotent.
    void detach() { call_.cancel(); }

    /// How the job ended; exec_result::out_summary and err_summary are of what was read here. Output has to be read
    /// first. Cancellation stops the wait and nothing else.
    template <detail::token_for<exec_result> Token = detail::default_token>
    [[nodiscard]] auto wait(Token&& token = Token()) {
        return call_.wait(std::forward<Token>(token));
    }

private:
    std::shared_ptr<detail::session> session_;
    std::shared_ptr<detail::process_state> state_;
    process call_; ///< The call of job.attach, whose streams are those of exec.
    std::string name_;
};

/// The jobs of a server as they come, made by jobs::list(). As listing.
class job_listing {
public:
    job_listing() = default;
    explicit job_listing(std::shared_ptr<detail::job_listing_state> state) noexcept;
    job_listing(job_listing&& other) noexcept;
    job_listing& operator=(job_listing&& other) noexcept;
    ~job_listing();

    /// The next one, by name; nothing at the end.
    template <detail::token_for<std::optional<job_info>> Token = detail::default_token>
    [[nodiscard]] auto next(Token&& token = Token()) {
        return detail::initiate(detail::next(state_), state_, std::forward<Token>(token));
    }

private:
    std::shared_ptr<detail::job_listing_state> state_;
};

/// Commands that outlive their connection, and their tugd; from client::jobs():
///
///     auto job = co_await client.jobs().start(tug::command("make", "-j8").in("/src"), {.name = "build-17"});
///     auto seen = co_await client.jobs().attach(job.name);
///     while (auto piece = co_await seen.read_out(); !piece.empty()) use(piece);
///     auto made = co_await seen.wait();
///
/// A job is known by its name, to the key that started it. Started again under its name with the same command and
/// options it is the same job (started_job::is_new is false) and runs once; with others it is already_exists.
///
/// Errors: unsupported where tugd keeps no jobs, not_found, already_exists, busy and no_space at the limits of tugd,
/// job_lost, and those of client::start(). Tokens, cancellation and threads: as client.
class jobs {
public:
    explicit jobs(std::shared_ptr<detail::session> session) noexcept : session_(std::move(session)) {}

    /// Starts a job and returns once its program runs. command::input() and collect_at_most() have no effect.
    template <detail::token_for<started_job> Token = detail::default_token>
    [[nodiscard]] auto start(command what, job_options how, Token&& token = Token()) const {
        return begin(detail::start_job(session_, std::move(what), std::move(how)), std::forward<Token>(token));
    }

    /// Follows a job. What is wrong with it is told by the first read or wait.
    template <detail::token_for<job_attachment> Token = detail::default_token>
    [[nodiscard]] auto attach(std::string name, attach_options how, Token&& token = Token()) const {
        return begin(detail::attach_job(session_, std::move(name), how), std::forward<Token>(token));
    }

    template <detail::token_for<job_attachment> Token = detail::default_token>
    [[nodiscard]] auto attach(std::string name, Token&& token = Token()) const {
        return attach(std::move(name), attach_options(), std::forward<Token>(token));
    }

    /// Waits for the end of a job; the result has counts and digests of all that it wrote.
    template <detail::token_for<exec_result> Token = detail::default_token>
    [[nodiscard]] auto wait(std::string name, Token&& token = Token()) const {
        return begin(detail::wait_for_job(session_, std::move(name)), std::forward<Token>(token));
    }

    template <detail::token_for<job_info> Token = detail::default_token>
    [[nodiscard]] auto status(std::string name, Token&& token = Token()) const {
        return begin(detail::job_status(session_, std::move(name)), std::forward<Token>(token));
    }

    template <detail::token_for<job_listing> Token = detail::default_token>
    [[nodiscard]] auto list(Token&& token = Token()) const {
        return begin(detail::list_jobs(session_), std::forward<Token>(token));
    }

    /// Sends a signal to the process group, by its name without SIG.
    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto signal(std::string name, std::string signal, Token&& token = Token()) const {
        return begin(detail::signal_job(session_, std::move(name), std::move(signal)), std::forward<Token>(token));
    }

    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto resize(std::string name, std::uint16_t rows, std::uint16_t cols, Token&& token = Token()) const {
        return begin(detail::resize_job(session_, std::move(name), rows, cols), std::forward<Token>(token));
    }

    /// Ends a job with all its processes, and returns when it has ended: also where it had before.
    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto cancel(std::string name, Token&& token = Token()) const {
        return begin(detail::cancel_job(session_, std::move(name)), std::forward<Token>(token));
    }

    /// Forgets a job that is over; busy where it runs.
    template <detail::token_for<void> Token = detail::default_token>
    [[nodiscard]] auto remove(std::string name, Token&& token = Token()) const {
        return begin(detail::remove_job(session_, std::move(name)), std::forward<Token>(token));
    }

private:
    template <class T, class Token>
    auto begin(boost::asio::awaitable<T> call, Token&& token) const {
        return detail::initiate(std::move(call), session_, std::forward<Token>(token));
    }

    std::shared_ptr<detail::session> session_;
};

} // namespace tug
