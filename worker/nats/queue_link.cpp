#include "queue_link.hpp"

#include "objects.hpp"

#include <tug/os/private_file.hpp>

#include <chrono>
#include <set>

namespace tug::worker {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t ns_of(std::chrono::nanoseconds time) {
    return time.count();
}

constexpr auto records_live = 24h * 30;
constexpr std::int64_t most_pending = 65'536; ///< Messages that all workers together work on.
constexpr auto dedupe_for = 2min;
constexpr const char* consumer = "tug-workers";

/// How long a watch that brings nothing is waited for, in ms.
constexpr std::int64_t most_quiet = 1000;

std::string_view text_of(const message_handle& of) noexcept {
    return {natsMsg_GetData(of.get()), static_cast<std::size_t>(natsMsg_GetDataLength(of.get()))};
}

std::string_view text_of(const entry_handle& of) noexcept {
    return {static_cast<const char*>(kvEntry_Value(of.get())), static_cast<std::size_t>(kvEntry_ValueLen(of.get()))};
}

nats_error::kind kind_of(natsStatus status, jsErrCode code) {
    if (code == JSStreamWrongLastSequenceErr) return nats_error::kind::conflict;
    if (status == NATS_NOT_FOUND || code == JSNoMessageFoundErr || code == JSStreamNotFoundErr)
        return nats_error::kind::not_found;
    switch (status) {
    case NATS_TIMEOUT:
    case NATS_CONNECTION_CLOSED:
    case NATS_CONNECTION_DISCONNECTED:
    case NATS_NO_SERVER:
    case NATS_NO_RESPONDERS:
    case NATS_STALE_CONNECTION:
    case NATS_IO_ERROR:
    case NATS_SLOW_CONSUMER:
    case NATS_INSUFFICIENT_BUFFER: return nats_error::kind::unavailable;
    default: break;
    }
    // JetStream that comes up, or has no leader yet.
    const bool comes = code == JSClusterNotAvailErr || code == JSInsufficientResourcesErr || code == JSNotEnabledErr;
    return comes ? nats_error::kind::unavailable : nats_error::kind::refused;
}

/// By the first line of the file.
void log_in(natsOptions* options, const queue_options& how) {
    const auto file = os::read_private_file(how.password_file, errc::bad_key_file);
    if (!file) throw nats_error(nats_error::kind::refused, file.error().message);
    const std::string password(file->view().substr(0, file->view().find('\n')));
    must(natsOptions_SetUserInfo(options, how.user.c_str(), password.c_str()), "the user");
}

connection_handle connect(const queue_options& how) {
    natsOptions* made = nullptr;
    must(natsOptions_Create(&made), "options");
    const handle<natsOptions, natsOptions_Destroy> options(made);
    std::vector<std::string> urls;
    for (std::size_t at = 0; at <= how.url.size();) {
        const auto end = std::min(how.url.find(',', at), how.url.size());
        urls.push_back(how.url.substr(at, end - at));
        at = end + 1;
    }
    std::vector<const char*> list;
    for (const auto& url : urls) list.push_back(url.c_str());
    must(natsOptions_SetServers(options.get(), list.data(), static_cast<int>(list.size())), how.url);
    must(natsOptions_SetName(options.get(), how.queue.c_str()), "the name");
    must(natsOptions_SetMaxReconnect(options.get(), -1), "reconnects");
    must(natsOptions_SetReconnectWait(options.get(), 250), "reconnects");
    must(natsOptions_SetPingInterval(options.get(), 10'000), "pings");
    if (how.wait_for_server)
        must(natsOptions_SetRetryOnFailedConnect(options.get(), true, nullptr, nullptr), "retries");
    if (!how.user.empty()) log_in(options.get(), how);
    if (!how.credentials.empty())
        must(natsOptions_SetUserCredentialsFromFiles(options.get(), how.credentials.c_str(), nullptr), how.credentials);
    if (!how.ca_file.empty()) {
        must(natsOptions_SetSecure(options.get(), true), "TLS");
        must(natsOptions_LoadCATrustedCertificates(options.get(), how.ca_file.c_str()), how.ca_file);
    }
    natsConnection* out = nullptr;
    must(natsConnection_Connect(&out, options.get()), how.url);
    return connection_handle(out);
}

} // namespace

void must(natsStatus status, const std::string& what, jsErrCode code) {
    if (status == NATS_OK) return;
    std::string text = what + ": " + natsStatus_GetText(status);
    natsStatus last = NATS_OK;
    const char* const more = nats_GetLastError(&last);
    if (more && last == status) text.append(", ").append(more);
    throw nats_error(kind_of(status, code), text);
}

// --- a message -------------------------------------------------------------------------------------------------------

queue_message::queue_message(message_handle of) : of_(std::move(of)) {
    const char* id = nullptr;
    if (natsMsgHeader_Get(of_.get(), "Nats-Msg-Id", &id) == NATS_OK && id) id_ = id;
    jsMsgMetaData* about = nullptr;
    if (natsMsg_GetMetaData(&about, of_.get()) != NATS_OK) return;
    sequence_ = about->Sequence.Stream;
    jsMsgMetaData_Destroy(about);
}

std::string_view queue_message::text() const noexcept {
    return text_of(of_);
}

void queue_message::acknowledge() noexcept {
    natsMsg_Ack(of_.get(), nullptr);
}

void queue_message::reject() noexcept {
    natsMsg_Term(of_.get(), nullptr);
}

void queue_message::give_back(std::chrono::milliseconds later) noexcept {
    natsMsg_NakWithDelay(of_.get(), later.count(), nullptr);
}

void queue_message::is_in_progress() noexcept {
    natsMsg_InProgress(of_.get(), nullptr);
}

// --- the queue -------------------------------------------------------------------------------------------------------

queue_link::queue_link(queue_options how) : how_(std::move(how)), connection_(connect(how_)) {
    jsOptions options;
    must(jsOptions_Init(&options), "options");
    jsCtx* made = nullptr;
    must(natsConnection_JetStream(&made, connection_.get(), &options), "JetStream");
    context_.reset(made);
}

queue_link::~queue_link() = default;

void queue_link::make_queue() {
    make_stream();
    make_consumer();
    make_bucket();
    make_object_bucket(*this);
}

void queue_link::make_stream() {
    const auto name = stream();
    const auto subject = subject_of(">");
    const char* subjects[] = {subject.c_str()};
    jsStreamConfig what;
    must(jsStreamConfig_Init(&what), "a stream");
    what.Name = name.c_str();
    what.Subjects = subjects;
    what.SubjectsLen = 1;
    what.Retention = js_WorkQueuePolicy;
    what.Duplicates = ns_of(dedupe_for);
    jsErrCode code{};
    const auto status = js_AddStream(nullptr, context_.get(), &what, nullptr, &code);
    if (code != JSStreamNameExistErr) must(status, "the stream " + name, code); // one that is there is the operator's
}

/// To add one that is there would change it.
void queue_link::make_consumer() {
    if (consumer_ack_wait() > 0ms) return;
    jsConsumerConfig what;
    must(jsConsumerConfig_Init(&what), "a consumer");
    what.Durable = consumer;
    what.AckPolicy = js_AckExplicit;
    what.AckWait = ns_of(how_.ack_wait);
    what.MaxAckPending = most_pending;
    what.MaxDeliver = -1;
    jsErrCode code{};
    const auto status = js_AddConsumer(nullptr, context_.get(), stream().c_str(), &what, nullptr, &code);
    if (code != JSConsumerNameExistErr && code != JSConsumerExistingActiveErr)
        must(status, "the consumer of " + stream(), code);
}

std::chrono::milliseconds queue_link::consumer_ack_wait() {
    jsConsumerInfo* made = nullptr;
    jsErrCode code{};
    const auto status = js_GetConsumerInfo(&made, context_.get(), stream().c_str(), consumer, nullptr, &code);
    const handle<jsConsumerInfo, jsConsumerInfo_Destroy> info(made);
    if (status == NATS_NOT_FOUND) return 0ms;
    must(status, "the consumer of " + stream(), code);
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(info->Config->AckWait));
}

void queue_link::make_bucket() {
    const auto name = bucket();
    kvConfig what;
    must(kvConfig_Init(&what), "a bucket");
    what.Bucket = name.c_str();
    what.History = 1;
    what.TTL = ns_of(records_live);
    kvStore* made = nullptr;
    const auto status = js_CreateKeyValue(&made, context_.get(), &what);
    const handle<kvStore, kvStore_Destroy> there(made);
    if (status == NATS_OK) return;
    must(js_KeyValue(&made, context_.get(), name.c_str()), "the bucket " + name);
    kvStore_Destroy(made);
}

std::vector<queue_message> queue_link::fetch(int most, std::chrono::milliseconds within) {
    jsErrCode code{};
    if (!requests_) {
        const auto name = stream();
        jsSubOptions which;
        must(jsSubOptions_Init(&which), "a subscription");
        which.Stream = name.c_str();
        which.Consumer = consumer;
        natsSubscription* made = nullptr;
        must(js_PullSubscribe(&made, context_.get(), subject_of(">").c_str(), consumer, nullptr, &which, &code),
             "the consumer of " + name, code);
        requests_.reset(made);
    }
    natsMsgList list{};
    const auto status = natsSubscription_Fetch(&list, requests_.get(), most, within.count(), &code);
    std::vector<queue_message> out;
    for (int i = 0; i < list.Count; ++i) out.emplace_back(message_handle(std::exchange(list.Msgs[i], nullptr)));
    natsMsgList_Destroy(&list);
    if (out.empty() && status != NATS_TIMEOUT) must(status, "the requests of " + stream(), code);
    return out;
}

submitted queue_link::submit(const std::string& name, const std::string& request) {
    jsPubOptions how;
    must(jsPubOptions_Init(&how), "options");
    how.MsgId = name.c_str();
    jsPubAck* ack = nullptr;
    jsErrCode code{};
    const auto status = js_Publish(&ack, context_.get(), subject_of(name).c_str(), request.data(),
                                   static_cast<int>(request.size()), &how, &code);
    const handle<jsPubAck, jsPubAck_Destroy> answer(ack);
    must(status, "the request " + name, code);
    return {ack->Sequence, ack->Duplicate};
}

/// Those of the stream `of` that match `filter` behind `prefix`, without the prefix.
std::vector<std::string> queue_link::subjects(const std::string& of, const std::string& prefix,
                                              const std::string& filter) {
    jsOptions how;
    must(jsOptions_Init(&how), "options");
    const auto all = prefix + filter;
    how.Stream.Info.SubjectsFilter = all.c_str();
    jsStreamInfo* made = nullptr;
    jsErrCode code{};
    must(js_GetStreamInfo(&made, context_.get(), of.c_str(), &how, &code), "the stream " + of, code);
    const handle<jsStreamInfo, jsStreamInfo_Destroy> info(made);
    std::vector<std::string> out;
    const auto* const found = info->State.Subjects;
    for (int i = 0; found && i < found->Count; ++i) out.emplace_back(found->List[i].Subject + prefix.size());
    return out;
}

bool queue_link::is_waiting(const std::string& name) {
    return !subjects(stream(), subject_of(""), name).empty();
}

std::vector<std::string> queue_link::waiting() {
    return subjects(stream(), subject_of(""), ">");
}

// --- records ---------------------------------------------------------------------------------------------------------

/// The message that holds it; none where there is no record.
message_handle queue_link::record_message(const std::string& key) {
    natsMsg* found = nullptr;
    jsErrCode code{};
    const auto status =
        js_GetLastMsg(&found, context_.get(), record_stream().c_str(), record_subject(key).c_str(), nullptr, &code);
    message_handle message(found);
    if (status == NATS_NOT_FOUND || code == JSNoMessageFoundErr) return nullptr;
    must(status, "the record " + key, code);
    return message;
}

std::optional<stored_record> queue_link::record(const std::string& key) {
    const auto message = record_message(key);
    if (!message) return std::nullopt;
    auto what = job_record::parse(text_of(message));
    if (!what) throw nats_error(nats_error::kind::refused, "the record " + key + ": " + what.error().message);
    return stored_record{std::move(*what), natsMsg_GetSequence(message.get())};
}

std::uint64_t queue_link::write(const std::string& key, const job_record& what, std::uint64_t over) {
    jsPubOptions how;
    must(jsPubOptions_Init(&how), "options");
    how.ExpectLastSubjectSeq = over;
    how.ExpectNoMessage = over == 0;
    const auto text = what.to_text();
    jsPubAck* ack = nullptr;
    jsErrCode code{};
    const auto status = js_Publish(&ack, context_.get(), record_subject(key).c_str(), text.data(),
                                   static_cast<int>(text.size()), &how, &code);
    const handle<jsPubAck, jsPubAck_Destroy> answer(ack);
    must(status, "the record " + key, code);
    return ack->Sequence;
}

std::vector<std::pair<std::string, job_record>> queue_link::records() {
    const auto keys = subjects(record_stream(), record_subject(""), ">");
    std::set<std::string> missing(keys.begin(), keys.end());
    std::vector<std::pair<std::string, job_record>> out;
    const auto take = [&](const std::string& key, std::string_view text) {
        if (auto what = job_record::parse(text)) out.emplace_back(key, std::move(*what));
    };
    // A watch sends all in one go. While records change it may end early, or not know that all have come: it says
    // how many are to come, which changes as well. So those that it has not brought are asked for one by one.
    const auto watcher = watch_all();
    while (!missing.empty()) {
        kvEntry* entry = nullptr;
        const auto status = kvWatcher_Next(&entry, watcher.get(), most_quiet);
        const entry_handle one(entry);
        if (status != NATS_TIMEOUT) must(status, "the bucket " + bucket());
        if (!one) break;
        if (missing.erase(kvEntry_Key(entry)) != 0) take(kvEntry_Key(entry), text_of(one));
    }
    for (const auto& key : missing)
        if (const auto message = record_message(key)) take(key, text_of(message));
    return out;
}

watcher_handle queue_link::watch_all() {
    kvStore* made = nullptr;
    must(js_KeyValue(&made, context_.get(), bucket().c_str()), "the bucket " + bucket());
    const handle<kvStore, kvStore_Destroy> store(made);
    kvWatcher* watching = nullptr;
    must(kvStore_WatchAll(&watching, store.get(), nullptr), "the bucket " + bucket());
    return watcher_handle(watching);
}

subscription_handle queue_link::watch(const std::string& key) {
    natsSubscription* made = nullptr;
    must(natsConnection_SubscribeSync(&made, connection_.get(), record_subject(key).c_str()), "a subscription");
    return subscription_handle(made);
}

void queue_link::next_change(natsSubscription* of) {
    natsMsg* told = nullptr;
    const auto status = natsSubscription_NextMsg(&told, of, 1000);
    const message_handle message(told);
    if (status != NATS_TIMEOUT) must(status, "the subscription");
}

void queue_link::flush(std::chrono::milliseconds within) noexcept {
    natsConnection_FlushTimeout(connection_.get(), within.count());
}

} // namespace tug::worker
