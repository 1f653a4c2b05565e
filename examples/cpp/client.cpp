// A client of MAPI in C++ with an advise sink: logs on, puts messages into a folder, is told of
// them, lists them with a restriction and a sort order, logs off.
//
//   g++ -std=c++17 -fshort-wchar client.cpp -o client $(pkg-config --cflags --libs mapi)
//   ./client PROFILE
//
// The profile must have a default store:
//
//   mapix profile create PROFILE
//   mapix service add -p PROFILE MAPIX Mail path=mail.mapix
//   mapix service default -p PROFILE Mail
#define INITGUID
#define USES_IID_IUnknown
#define USES_IID_IMAPIAdviseSink
#include <mapix.h>
#include <mapinls.h>
#include <mapiutil.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <deque>
#include <mutex>
#include <vector>

// ---- Errors, references, buffers -----------------------------------------------------------

struct Failure {
    const char *what;
    HRESULT hr;
};

// Warnings go on, errors end the program, with a line that says which call it was.
static void check(HRESULT hr, const char *what) {
    if (FAILED(hr)) throw Failure{what, hr};
}
#define CHECK(call) check((call), #call)

// A reference to an object, released at the end.
template <class Interface> class Ref {
public:
    Ref() = default;
    explicit Ref(Interface *object) : object(object) {}
    Ref(const Ref &) = delete;
    Ref &operator=(const Ref &) = delete;
    ~Ref() { release(); }
    void release() {
        if (object) object->Release();
        object = nullptr;
    }
    Interface *operator->() const { return object; }
    operator Interface *() const { return object; }
    Interface **out() { return &object; }
    LPUNKNOWN *unknown() { return reinterpret_cast<LPUNKNOWN *>(&object); }

private:
    Interface *object = nullptr;
};

static void free_it(LPSRowSet rows) { FreeProws(rows); }
static void free_it(LPSPropValue prop) { MAPIFreeBuffer(prop); }

// What MAPI allocated for the caller, freed at the end.
template <class Pointer> struct Given {
    Pointer pointer = nullptr;
    Given() = default;
    Given(const Given &) = delete;
    Given &operator=(const Given &) = delete;
    ~Given() {
        if (pointer) free_it(pointer);
    }
    Pointer operator->() const { return pointer; }
};

// An entry ID that outlives the row it was in.
struct ID {
    std::vector<BYTE> bytes;
    explicit ID(const SBinary &binary) : bytes(binary.lpb, binary.lpb + binary.cb) {}
    ID(ULONG size, LPENTRYID id) : ID(SBinary{size, reinterpret_cast<LPBYTE>(id)}) {}
    ULONG size() const { return ULONG(bytes.size()); }
    LPENTRYID pointer() const { return reinterpret_cast<LPENTRYID>(const_cast<BYTE *>(bytes.data())); }
};

// Prints a line with text of 16-bit units, as UTF-8.
static void print(const char *before, const WCHAR *text) {
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, nullptr, 0, nullptr, nullptr);
    if (size <= 0) throw Failure{"text that is not UTF-16", MAPI_E_BAD_CHARWIDTH};
    std::vector<char> utf8(static_cast<size_t>(size));
    WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8.data(), size, nullptr, nullptr);
    std::printf("%s%s\n", before, utf8.data());
}

// ---- The sink ------------------------------------------------------------------------------

// Keeps what it is told, for whoever waits for it. MAPI calls it from a thread of its own.
class Sink final : public IMAPIAdviseSink {
public:
    STDMETHODIMP QueryInterface(REFIID iid, LPVOID *object) override {
        *object = nullptr;
        if (iid != IID_IMAPIAdviseSink && iid != IID_IUnknown) return E_NOINTERFACE;
        *object = static_cast<IMAPIAdviseSink *>(this);
        AddRef();
        return S_OK;
    }
    STDMETHODIMP_(ULONG) AddRef() override { return ++count; }
    STDMETHODIMP_(ULONG) Release() override {
        ULONG left = --count;
        if (left == 0) delete this;
        return left;
    }
    STDMETHODIMP_(ULONG) OnNotify(ULONG number, LPNOTIFICATION notifications) override {
        std::lock_guard<std::mutex> guard(lock);
        for (ULONG i = 0; i < number; i++) {
            const OBJECT_NOTIFICATION &of = notifications[i].info.obj;
            if (of.ulObjType == MAPI_MESSAGE)
                told.push_back({notifications[i].ulEventType, ID(of.cbEntryID, of.lpEntryID)});
        }
        arrived.notify_all();
        return S_OK;
    }

    // Waits until the sink has been told of this event for this object; what came before it is
    // forgotten. The minute is for programs that would otherwise hang: it is never waited for.
    void wait_for(LPMAPISESSION session, ULONG event, const ID &id) {
        for (;;) {
            Event next = take();
            ULONG same = FALSE;
            CHECK(session->CompareEntryIDs(id.size(), id.pointer(), next.id.size(),
                                           next.id.pointer(), 0, &same));
            if (next.type == event && same) return;
        }
    }

private:
    struct Event {
        ULONG type;
        ID id;
    };

    ~Sink() = default;
    Event take() {
        std::unique_lock<std::mutex> guard(lock);
        auto some = [this] { return !told.empty(); };
        if (!arrived.wait_for(guard, std::chrono::minutes(1), some))
            throw Failure{"no notification", MAPI_E_TIMEOUT};
        Event next = std::move(told.front());
        told.pop_front();
        return next;
    }

    std::atomic<ULONG> count{1};
    std::mutex lock;
    std::condition_variable arrived;
    std::deque<Event> told;
};

// ---- What the program does -----------------------------------------------------------------

static void open_default_store(LPMAPISESSION session, LPMDB *store) {
    SizedSPropTagArray(1, columns) = {1, {PR_ENTRYID}};
    SPropValue yes = {};
    yes.ulPropTag = PR_DEFAULT_STORE;
    yes.Value.b = TRUE;
    SRestriction is_default = {};
    is_default.rt = RES_PROPERTY;
    is_default.res.resProperty.relop = RELOP_EQ;
    is_default.res.resProperty.ulPropTag = PR_DEFAULT_STORE;
    is_default.res.resProperty.lpProp = &yes;

    Ref<IMAPITable> stores;
    Given<LPSRowSet> rows;
    CHECK(session->GetMsgStoresTable(0, stores.out()));
    CHECK(HrQueryAllRows(stores, reinterpret_cast<LPSPropTagArray>(&columns), &is_default, nullptr,
                         0, &rows.pointer));
    // A store that cannot be opened may have no entry ID yet.
    if (rows->cRows != 1 || rows->aRow[0].lpProps[0].ulPropTag != PR_ENTRYID)
        throw Failure{"no default store", MAPI_E_NOT_FOUND};
    const SBinary &id = rows->aRow[0].lpProps[0].Value.bin;
    CHECK(session->OpenMsgStore(0, id.cb, reinterpret_cast<LPENTRYID>(id.lpb), nullptr,
                                MDB_WRITE | MDB_NO_DIALOG, store));
}

static void open_folder(LPMDB store, const WCHAR *name, LPMAPIFOLDER *folder) {
    Given<LPSPropValue> top;
    Ref<IMAPIFolder> parent;
    ULONG type = 0;
    CHECK(HrGetOneProp(store, PR_IPM_SUBTREE_ENTRYID, &top.pointer));
    const SBinary &id = top->Value.bin;
    CHECK(store->OpenEntry(id.cb, reinterpret_cast<LPENTRYID>(id.lpb), nullptr, MAPI_MODIFY, &type,
                           parent.unknown()));
    CHECK(parent->CreateFolder(FOLDER_GENERIC,
                               reinterpret_cast<LPTSTR>(const_cast<WCHAR *>(name)), nullptr,
                               nullptr, MAPI_UNICODE | OPEN_IF_EXISTS, folder));
}

static void set_subject(LPMESSAGE message, const WCHAR *subject) {
    WCHAR note[] = L"IPM.Note";
    SPropValue props[2] = {};
    props[0].ulPropTag = PR_MESSAGE_CLASS_W;
    props[0].Value.lpszW = note;
    props[1].ulPropTag = PR_SUBJECT_W;
    props[1].Value.lpszW = const_cast<WCHAR *>(subject);
    CHECK(message->SetProps(2, props, nullptr));
}

// A message is put into the folder, and changed; the sink is told of both.
static void put_message(LPMAPISESSION session, LPMAPIFOLDER folder, Sink *sink,
                        const WCHAR *subject, const WCHAR *better) {
    Ref<IMessage> message;
    CHECK(folder->CreateMessage(nullptr, 0, message.out()));
    set_subject(message, subject);
    CHECK(message->SaveChanges(KEEP_OPEN_READWRITE));
    Given<LPSPropValue> prop;
    CHECK(HrGetOneProp(message, PR_ENTRYID, &prop.pointer));
    ID id(prop->Value.bin);
    sink->wait_for(session, fnevObjectCreated, id);
    print("told of a new message: ", subject);
    if (!better) return;
    set_subject(message, better);
    CHECK(message->SaveChanges(0));
    sink->wait_for(session, fnevObjectModified, id);
    print("told of a change, it is now: ", better);
}

// The messages with a word in the subject, the last first.
static void list(LPMAPIFOLDER folder, const WCHAR *word) {
    SizedSPropTagArray(1, columns) = {1, {PR_SUBJECT_W}};
    SizedSSortOrderSet(1, order) = {1, 0, 0, {{PR_SUBJECT_W, TABLE_SORT_DESCEND}}};
    SPropValue sought = {};
    sought.ulPropTag = PR_SUBJECT_W;
    sought.Value.lpszW = const_cast<WCHAR *>(word);
    SRestriction has_word = {};
    has_word.rt = RES_CONTENT;
    has_word.res.resContent.ulFuzzyLevel = FL_SUBSTRING | FL_IGNORECASE;
    has_word.res.resContent.ulPropTag = PR_SUBJECT_W;
    has_word.res.resContent.lpProp = &sought;

    Ref<IMAPITable> table;
    ULONG all = 0, found = 0;
    CHECK(folder->GetContentsTable(MAPI_UNICODE, table.out()));
    CHECK(table->GetRowCount(0, &all));
    CHECK(table->SetColumns(reinterpret_cast<LPSPropTagArray>(&columns), TBL_BATCH));
    CHECK(table->Restrict(&has_word, TBL_BATCH));
    CHECK(table->SortTable(reinterpret_cast<LPSSortOrderSet>(&order), TBL_BATCH));
    CHECK(table->GetRowCount(0, &found));
    std::printf("%lu of %lu messages:\n", static_cast<unsigned long>(found),
                static_cast<unsigned long>(all));
    for (;;) {
        Given<LPSRowSet> rows;
        CHECK(table->QueryRows(50, 0, &rows.pointer));
        if (rows->cRows == 0) break;
        for (ULONG i = 0; i < rows->cRows; i++) {
            const SPropValue &subject = rows->aRow[i].lpProps[0];
            print("  ", subject.ulPropTag == PR_SUBJECT_W ? subject.Value.lpszW : L"(none)");
        }
    }
}

static void run(char *profile) {
    Ref<IMAPISession> session;
    Ref<IMsgStore> store;
    Ref<IMAPIFolder> folder;
    Ref<Sink> sink(new Sink());
    CHECK(MAPILogonEx(0, reinterpret_cast<LPTSTR>(profile), nullptr,
                      MAPI_EXTENDED | MAPI_NEW_SESSION, session.out()));
    std::printf("logged on\n");
    open_default_store(session, store.out());
    open_folder(store, L"Reports", folder.out());

    ULONG_PTR connection = 0;
    CHECK(store->Advise(0, nullptr, fnevObjectCreated | fnevObjectModified, sink, &connection));
    put_message(session, folder, sink, L"Report of April", nullptr);
    put_message(session, folder, sink, L"Lunch at the caf\u00E9", nullptr);
    put_message(session, folder, sink, L"May", L"Report of May \U0001F33C");
    list(folder, L"report");
    CHECK(store->Unadvise(connection));
    sink.release();

    folder.release();
    ULONG flags = LOGOFF_ORDERLY;
    CHECK(store->StoreLogoff(&flags));
    store.release();
    CHECK(session->Logoff(0, 0, 0));
    std::printf("logged off\n");
}

int main(int argc, char **argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s PROFILE\n", argv[0]);
        return 2;
    }
    MAPIINIT_0 how = {MAPI_INIT_VERSION, MAPI_MULTITHREAD_NOTIFICATIONS};
    HRESULT hr = MAPIInitialize(&how);
    if (FAILED(hr)) {
        std::fprintf(stderr, "MAPIInitialize: 0x%08X\n", static_cast<unsigned>(hr));
        return 1;
    }
    int result = 0;
    try {
        run(argv[1]);
    } catch (const Failure &failure) {
        std::fprintf(stderr, "%s: 0x%08X\n", failure.what, static_cast<unsigned>(failure.hr));
        result = 1;
    }
    MAPIUninitialize();
    return result;
}
