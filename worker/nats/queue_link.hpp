#pragma once

#include "handles.hpp"
#include "worker/core/job_record.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tug::worker {

/// How NATS is reached, and which queue is meant.
struct queue_options {
    std::string url = "nats://127.0.0.1:4222"; ///< Several, parted by commas.
    std::string user;                          ///< Empty: none.
    std::string password_file;                 ///< Of that user; no other one of this host may read it.
    std::string credentials;                   ///< A file of credentials; empty: none.
    std::string ca_file;                       ///< Who may have signed for the server; empty: those of the system.
    std::string queue = "tug";
    std::chrono::milliseconds ack_wait{30'000}; ///< Where the queue is made.
    bool wait_for_server = false;               ///< The first connection is tried until it stands.
};

/// A message of the queue; any thread may answer it.
class queue_message {
public:
    explicit queue_message(message_handle of);

    /// Nats-Msg-Id; empty where it has none.
    [[nodiscard]] const std::string& id() const noexcept { return id_; }

    [[nodiscard]] std::uint64_t sequence() const noexcept { return sequence_; }

    [[nodiscard]] std::string_view text() const noexcept;

    // These only go into the buffer of the connection. One that is lost makes the server deliver the message again.
    void acknowledge() noexcept;
    void reject() noexcept;
    void give_back(std::chrono::milliseconds later) noexcept;
    void is_in_progress() noexcept;

private:
    message_handle of_;
    std::string id_;
    std::uint64_t sequence_ = 0;
};

/// What came of a submission.
struct submitted {
    std::uint64_t sequence = 0;
    bool duplicate = false; ///< One of the same name is in the stream, or was a short time ago.
};

/// A queue of NATS JetStream: the stream of its requests with one consumer for all workers, and the bucket of its
/// records. docs/queue.md has the names of all of it.
///
/// Its calls block and throw nats_error. Threads: any.
class queue_link {
public:
    explicit queue_link(queue_options how);
    ~queue_link();
    queue_link(const queue_link&) = delete;
    queue_link& operator=(const queue_link&) = delete;

    /// Makes what is missing of the stream, the consumer and the buckets.
    void make_queue();

    /// How long a message may stay without a word of its worker, as the queue was made; 0: it has no consumer yet.
    [[nodiscard]] std::chrono::milliseconds consumer_ack_wait();

    /// The next messages, at most so many; none within that time. One thread at a time.
    [[nodiscard]] std::vector<queue_message> fetch(int most, std::chrono::milliseconds within);

    [[nodiscard]] submitted submit(const std::string& name, const std::string& request);

    /// Whether a request of that name waits, or is worked on.
    [[nodiscard]] bool is_waiting(const std::string& name);
    /// All such names.
    [[nodiscard]] std::vector<std::string> waiting();

    [[nodiscard]] std::optional<stored_record> record(const std::string& key);
    /// All that there are when it is asked, each in a state that it has had since.
    [[nodiscard]] std::vector<std::pair<std::string, job_record>> records();
    /// Brings the new revision. Throws conflict where the revision of the key is another one; 0: there is none.
    [[nodiscard]] std::uint64_t write(const std::string& key, const job_record& what, std::uint64_t over);

    /// Tells of changes of the record of that key, for next_change().
    [[nodiscard]] subscription_handle watch(const std::string& key);
    /// Waits until there was one, or for a second: what a broken connection has swallowed is found by looking again.
    static void next_change(natsSubscription* of);

    /// All that was answered is on its way, or `within` has passed.
    void flush(std::chrono::milliseconds within) noexcept;

    [[nodiscard]] jsCtx* context() const noexcept { return context_.get(); }

    [[nodiscard]] natsConnection* connection() const noexcept { return connection_.get(); }

    [[nodiscard]] const std::string& queue() const noexcept { return how_.queue; }

    [[nodiscard]] std::string objects() const { return how_.queue + "-files"; }

private:
    void make_stream();
    void make_consumer();
    void make_bucket();

    [[nodiscard]] std::string stream() const { return how_.queue + "-jobs"; }

    [[nodiscard]] std::string subject_of(const std::string& name) const { return how_.queue + ".jobs." + name; }

    [[nodiscard]] std::string bucket() const { return how_.queue + "-records"; }

    [[nodiscard]] std::string record_subject(const std::string& key) const { return "$KV." + bucket() + "." + key; }

    [[nodiscard]] std::string record_stream() const { return "KV_" + bucket(); }

    [[nodiscard]] std::vector<std::string> subjects(const std::string& of, const std::string& prefix,
                                                    const std::string& filter);
    [[nodiscard]] message_handle record_message(const std::string& key);
    [[nodiscard]] watcher_handle watch_all();

    queue_options how_;
    connection_handle connection_;
    context_handle context_;
    subscription_handle requests_; ///< Made by the first fetch().
};

} // namespace tug::worker
