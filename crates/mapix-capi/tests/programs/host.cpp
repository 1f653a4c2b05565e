// A MAPI of somebody else: it loads our library as a message store provider, with allocators, a support
// object and a profile section of its own, works with the store, ends, and looks whether anything is left.
//
//   host LIBRARY STORE
#define INITGUID
#define USES_IID_IMAPIAdviseSink
#define USES_IID_IUnknown
#include <mapicode.h>
#include <mapispi.h>
#include <mapitags.h>
#include <mapix.h>

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#define MUST(what) \
    do { \
        if (!(what)) { \
            std::printf("line %d: not so: %s\n", __LINE__, #what); \
            std::exit(1); \
        } \
    } while (0)

// ---- Allocators, which know their own blocks ------------------------------------------------------------

static const ULONG OWN = 0x4F574E21;
static int allocated, alive;

struct alignas(16) Block {
    ULONG mark;
    bool chained;
    Block *next;
};

static Block *block_of(void *pointer) {
    Block *block = static_cast<Block *>(pointer) - 1;
    MUST(block->mark == OWN);
    return block;
}

static void *make(ULONG size, bool chained, Block *next) {
    Block *block = static_cast<Block *>(std::malloc(sizeof(Block) + size));
    *block = Block{OWN, chained, next};
    allocated++;
    alive++;
    std::memset(block + 1, 0xCD, size);  // it is nobody's promise that it is zero
    return block + 1;
}

static SCODE STDAPICALLTYPE allocate(ULONG size, LPVOID *buffer) {
    *buffer = make(size, false, nullptr);
    return S_OK;
}

static SCODE STDAPICALLTYPE allocate_more(ULONG size, LPVOID object, LPVOID *buffer) {
    Block *first = block_of(object);
    MUST(!first->chained);
    *buffer = make(size, true, first->next);
    first->next = static_cast<Block *>(*buffer) - 1;
    return S_OK;
}

static ULONG STDAPICALLTYPE free_buffer(LPVOID buffer) {
    if (!buffer) return S_OK;
    MUST(!block_of(buffer)->chained);
    for (Block *block = block_of(buffer); block;) {
        Block *next = block->next;
        block->mark = 0;
        alive--;
        std::free(block);
        block = next;
    }
    return S_OK;
}

// ---- The support object, and the section of the profile -------------------------------------------------

// Every function answers MAPI_E_NO_SUPPORT but for those that are set.
struct Thing {
    void *slots[64];
    void **table = slots;
    LONG count = 1;
    Thing();
    void *pointer() { return &table; }
};

static Thing *thing_of(void *table) {
    return reinterpret_cast<Thing *>(static_cast<char *>(table) - offsetof(Thing, table));
}

static HRESULT no() { return MAPI_E_NO_SUPPORT; }
static HRESULT same(void *self, LPCIID, LPVOID *found) {
    *found = self;
    thing_of(self)->count++;
    return S_OK;
}
static ULONG add_ref(void *self) { return ULONG(++thing_of(self)->count); }
static ULONG release(void *self) { return ULONG(--thing_of(self)->count); }

Thing::Thing() {
    for (void *&slot : slots) slot = reinterpret_cast<void *>(no);
    slots[0] = reinterpret_cast<void *>(same);
    slots[1] = reinterpret_cast<void *>(add_ref);
    slots[2] = reinterpret_cast<void *>(release);
}

static Thing support, section;
static const char *path;
static MAPIUID uid;
static int uids;

// PR_PST_PATH in the width that is asked for; nothing else is in the section.
static HRESULT get_props(void *, LPSPropTagArray tags, ULONG, ULONG *count, LPSPropValue *props) {
    *count = tags->cValues;
    allocate(ULONG(tags->cValues * sizeof(SPropValue)), reinterpret_cast<LPVOID *>(props));
    bool all = true;
    for (ULONG i = 0; i < tags->cValues; i++) {
        SPropValue &prop = (*props)[i];
        prop.ulPropTag = tags->aulPropTag[i];
        if (PROP_ID(prop.ulPropTag) == 0x6700 && path) {
            MUST(PROP_TYPE(prop.ulPropTag) == PT_UNICODE);
            ULONG units = ULONG(std::strlen(path)) + 1;
            allocate_more(units * 2, *props, reinterpret_cast<LPVOID *>(&prop.Value.lpszW));
            for (ULONG at = 0; at < units; at++) prop.Value.lpszW[at] = static_cast<unsigned char>(path[at]);
        } else {
            prop.ulPropTag = PROP_TAG(PT_ERROR, PROP_ID(prop.ulPropTag));
            prop.Value.err = MAPI_E_NOT_FOUND;
            all = false;
        }
    }
    return all ? S_OK : MAPI_W_ERRORS_RETURNED;
}

static HRESULT open_section(void *, LPMAPIUID which, ULONG, LPPROFSECT *found) {
    MUST(!which);
    section.count++;
    *found = static_cast<LPPROFSECT>(section.pointer());
    return S_OK;
}

static HRESULT set_uid(void *, LPMAPIUID given, ULONG flags) {
    MUST(flags == 0);
    uid = *given;
    uids++;
    return S_OK;
}

// ---- A sink ---------------------------------------------------------------------------------------------

struct Sink final : IMAPIAdviseSink {
    LONG count = 1;
    STDMETHODIMP QueryInterface(REFIID iid, LPVOID *object) override {
        *object = nullptr;
        if (iid != IID_IMAPIAdviseSink && iid != IID_IUnknown) return E_NOINTERFACE;
        *object = this;
        __sync_add_and_fetch(&count, 1);
        return S_OK;
    }
    STDMETHODIMP_(ULONG) AddRef() override { return ULONG(__sync_add_and_fetch(&count, 1)); }
    STDMETHODIMP_(ULONG) Release() override { return ULONG(__sync_sub_and_fetch(&count, 1)); }
    STDMETHODIMP_(ULONG) OnNotify(ULONG, LPNOTIFICATION) override { return S_OK; }
};

// ---- What is done with the store ------------------------------------------------------------------------

using Init = HRESULT(HINSTANCE, LPMALLOC, LPALLOCATEBUFFER, LPALLOCATEMORE, LPFREEBUFFER, ULONG, ULONG, ULONG *,
                     LPMSPROVIDER *);
using Entry = HRESULT(HINSTANCE, LPMALLOC, LPMAPISUP, ULONG_PTR, ULONG, ULONG, ULONG, LPSPropValue, LPPROVIDERADMIN,
                      LPMAPIERROR *);

static LPMAPISUP support_object() { return static_cast<LPMAPISUP>(support.pointer()); }

static SPropValue one(LPMAPIPROP object, ULONG tag, LPSPropValue *buffer) {
    struct { ULONG count, tag; } tags = {1, tag};
    ULONG count = 0;
    MUST(object->GetProps(reinterpret_cast<LPSPropTagArray>(&tags), 0, &count, buffer) == S_OK && count == 1);
    return (*buffer)[0];
}

static void set_text(LPMAPIPROP object, ULONG tag, const char16_t *text) {
    SPropValue prop = {};
    prop.ulPropTag = tag;
    prop.Value.lpszW = reinterpret_cast<LPWSTR>(const_cast<char16_t *>(text));
    MUST(object->SetProps(1, &prop, nullptr) == S_OK);
}

static LPMSLOGON log_on(LPMSPROVIDER provider, LPMDB *store) {
    LPMSLOGON logon = nullptr;
    LPMAPIERROR error = nullptr;
    HRESULT hr = provider->Logon(support_object(), 0, nullptr, 0, nullptr, MDB_WRITE | MDB_NO_DIALOG | MAPI_UNICODE,
                                 nullptr, nullptr, nullptr, &error, &logon, store);
    MUST(hr == S_OK && !error && logon && *store);
    return logon;
}

// A message is made, found in the table of its folder, opened by the logon and read.
static void work(LPMSLOGON logon, LPMDB store) {
    ULONG kind = 0;
    LPMAPIFOLDER root = nullptr, folder = nullptr;
    LPMESSAGE message = nullptr;
    MUST(store->OpenEntry(0, nullptr, nullptr, MAPI_MODIFY, &kind, reinterpret_cast<LPUNKNOWN *>(&root)) == S_OK);
    MUST(kind == MAPI_FOLDER);
    char16_t name[] = u"Letters";
    MUST(root->CreateFolder(FOLDER_GENERIC, reinterpret_cast<LPTSTR>(name), nullptr, nullptr, MAPI_UNICODE,
                            &folder) == S_OK);
    MUST(folder->CreateMessage(nullptr, 0, &message) == S_OK);
    set_text(message, PR_SUBJECT_W, u"From a MAPI of somebody else");
    MUST(message->SaveChanges(KEEP_OPEN_READWRITE) == S_OK);
    message->Release();

    LPMAPITABLE table = nullptr;
    LPSRowSet rows = nullptr;
    struct { ULONG count, tags[2]; } columns = {2, {PR_SUBJECT_W, PR_ENTRYID}};
    MUST(folder->GetContentsTable(MAPI_UNICODE, &table) == S_OK);
    MUST(table->SetColumns(reinterpret_cast<LPSPropTagArray>(&columns), 0) == S_OK);
    MUST(table->QueryRows(10, 0, &rows) == S_OK && rows->cRows == 1);
    const SBinary &id = rows->aRow[0].lpProps[1].Value.bin;
    LPENTRYID entry = reinterpret_cast<LPENTRYID>(id.lpb);
    MUST(logon->OpenEntry(id.cb, entry, nullptr, 0, &kind, reinterpret_cast<LPUNKNOWN *>(&message)) == S_OK);
    MUST(kind == MAPI_MESSAGE);
    LPSPropValue buffer = nullptr;
    SPropValue subject = one(message, PR_SUBJECT_W, &buffer);
    MUST(!std::memcmp(subject.Value.lpszW, u"From a MAPI of somebody else", 58));
    MUST(free_buffer(buffer) == S_OK);

    // The other methods of the logon.
    LPSPropValue ids = nullptr;
    SBinary other = one(folder, PR_ENTRYID, &ids).Value.bin;
    LPENTRYID other_entry = reinterpret_cast<LPENTRYID>(other.lpb);
    ULONG equal = 7;
    MUST(logon->CompareEntryIDs(id.cb, entry, other.cb, other_entry, 0, &equal) == S_OK && equal == 0);
    MUST(logon->CompareEntryIDs(id.cb, entry, id.cb, entry, 0, &equal) == S_OK && equal == 1);
    Sink sink;
    ULONG_PTR connection = 0;
    MUST(logon->Advise(other.cb, other_entry, fnevObjectModified, &sink, &connection) == S_OK && sink.count > 1);
    MUST(logon->Unadvise(connection) == S_OK && sink.count == 1);
    MUST(logon->OpenStatusEntry(nullptr, 0, &kind, nullptr) != S_OK);
    BYTE nobody[24] = {};
    LPUNKNOWN nothing = nullptr;
    HRESULT hr = logon->OpenEntry(24, reinterpret_cast<LPENTRYID>(nobody), nullptr, 0, &kind, &nothing);
    MUST(FAILED(hr) && !nothing);
    LPMAPIERROR error = nullptr;
    MUST(logon->GetLastError(hr, 0, &error) == S_OK && error && *reinterpret_cast<char *>(error->lpszError));
    MUST(free_buffer(error) == S_OK);
    MUST(free_buffer(ids) == S_OK);
    for (ULONG row = 0; row < rows->cRows; row++) free_buffer(rows->aRow[row].lpProps);
    MUST(free_buffer(rows) == S_OK);
    table->Release();
    message->Release();
    folder->Release();
    root->Release();
}

int main(int count, char **arguments) {
    MUST(count == 3);
    void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    if (!library) std::printf("%s\n", dlerror());
    MUST(library);
    Init *init = reinterpret_cast<Init *>(dlsym(library, "MSProviderInit"));
    Entry *entry = reinterpret_cast<Entry *>(dlsym(library, "MSGServiceEntry"));
    MUST(init && entry);
    support.slots[9] = reinterpret_cast<void *>(open_section);
    support.slots[16] = reinterpret_cast<void *>(set_uid);
    section.slots[5] = reinterpret_cast<void *>(get_props);

    // Versions are settled first, and the older MAPI is not served.
    LPMSPROVIDER provider = nullptr;
    ULONG version = 0;
    auto initialize = [&](ULONG speaks) {
        return init(nullptr, nullptr, allocate, allocate_more, free_buffer, 0, speaks, &version, &provider);
    };
    MUST(initialize(0x00010000) == MAPI_E_VERSION && !provider && version == CURRENT_SPI_VERSION);
    MUST(initialize(CURRENT_SPI_VERSION) == S_OK && provider && version == CURRENT_SPI_VERSION);
    MUST(entry(nullptr, nullptr, support_object(), 0, 0, MSG_SERVICE_CREATE, 0, nullptr, nullptr, nullptr) == S_OK);

    // A section that says nothing of a store.
    LPMSLOGON logon = nullptr;
    LPMDB store = nullptr;
    LPMAPIERROR error = nullptr;
    HRESULT hr = provider->Logon(support_object(), 0, nullptr, 0, nullptr, MDB_NO_DIALOG | MAPI_UNICODE, nullptr,
                                 nullptr, nullptr, &error, &logon, &store);
    MUST(hr == MAPI_E_UNCONFIGURED && !logon && !store && error && error->lpszError);
    MUST(free_buffer(error) == S_OK && support.count == 1);

    path = arguments[2];
    logon = log_on(provider, &store);
    MUST(support.count > 1 && uids == 1);
    LPSPropValue buffer = nullptr;
    SPropValue name = one(store, PR_DISPLAY_NAME_W, &buffer);
    MUST(name.Value.lpszW[0]);
    free_buffer(buffer);
    // Entry IDs begin with the UID that the provider has registered.
    SPropValue id = one(store, PR_IPM_SUBTREE_ENTRYID, &buffer);
    MUST(id.Value.bin.cb > 20 && !std::memcmp(id.Value.bin.lpb + 4, &uid, sizeof uid));
    free_buffer(buffer);
    work(logon, store);

    // The client lets go of the store, MAPI ends the logon: the support object is released with it.
    ULONG flags = LOGOFF_NO_WAIT;
    MUST(store->StoreLogoff(&flags) == S_OK);
    store->Release();
    flags = 0;
    MUST(logon->Logoff(&flags) == S_OK);
    MUST(logon->Release() == 0);
    MUST(support.count == 1 && section.count == 1);

    // A forced end: MAPI logs off while clients hold objects, which answer MAPI_E_INVALID_OBJECT from then on.
    logon = log_on(provider, &store);
    flags = 0;
    MUST(logon->Logoff(&flags) == S_OK);
    MUST(support.count == 1);
    ULONG number = 0;
    MUST(store->GetProps(nullptr, 0, &number, &buffer) == MAPI_E_INVALID_OBJECT);
    MUST(logon->Release() == 0);
    MUST(store->Release() == 0);

    flags = 0;
    MUST(provider->Shutdown(&flags) == S_OK);
    MUST(provider->Release() == 0);
    MUST(allocated > 10 && alive == 0);
    std::printf("nothing is left of what was given\n");
    return 0;
}
