// A message store provider: a store in memory with a few folders and messages in it.
//
//   g++ -shared -fPIC -I<headers> provider.cpp -o libmapi_demo.so      beside demo.inf
//   MAPIX_CONFIG_PATH=<that directory> mapix ls demo:
//
// It is written as a provider for Windows would be. Nothing of a library is called: what a
// provider needs (memory, notifications, the profile) it gets from MAPI when it is loaded.
#define INITGUID
#define USES_IID_IUnknown
#define USES_IID_IStream
#define USES_IID_IMAPIProp
#define USES_IID_IMAPITable
#define USES_IID_IMAPIContainer
#define USES_IID_IMAPIFolder
#define USES_IID_IMessage
#define USES_IID_IAttachment
#define USES_IID_IMsgStore
#define USES_IID_IMSLogon
#define USES_IID_IMSProvider
#include <mapix.h>
#include <mapispi.h>
#include <mapitags.h>
#include <mapicode.h>
#include <mapiguid.h>
#include <mapiaux.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

// Not in MAPI: the property of the profile with the name of the store.
#define PR_DEMO_NAME PROP_TAG(PT_UNICODE, 0x6600)

static LPALLOCATEBUFFER g_allocate;
static LPALLOCATEMORE g_more;
static LPFREEBUFFER g_free;

// {5B4E8F0A-6D0C-4B7B-9C55-1D2C0DEMO...}: entry IDs of this provider begin with it.
static const MAPIUID g_uid = {{0x0A, 0x8F, 0x4E, 0x5B, 0x0C, 0x6D, 0x7B, 0x4B, 0x9C, 0x55, 0x1D,
                               0x2C, 0x0D, 0xE3, 0x07, 0x01}};

// ---- Properties ----------------------------------------------------------------------------

// A value: numbers as their bytes, text with its zero, binaries as they are.
using Bytes = std::vector<BYTE>;
using Props = std::map<ULONG, Bytes>;  // by tag

static bool is_text(ULONG tag) { return PROP_TYPE(tag) == PT_UNICODE; }
static bool is_binary(ULONG tag) { return PROP_TYPE(tag) == PT_BINARY; }

static Props::const_iterator find(const Props &props, ULONG tag) {
    auto at = props.lower_bound(PROP_TAG(0, PROP_ID(tag)));
    return at != props.end() && PROP_ID(at->first) == PROP_ID(tag) ? at : props.end();
}

static void put(Props &props, ULONG tag, const void *bytes, size_t size) {
    auto at = find(props, tag);
    if (at != props.end()) props.erase(at);
    auto from = static_cast<const BYTE *>(bytes);
    props[tag] = Bytes(from, from + size);
}

static void put(Props &props, ULONG tag, LONG number) {
    LARGE_INTEGER value = {};
    value.QuadPart = number;
    put(props, tag, &value, sizeof value);
}

static void put(Props &props, ULONG tag, const char16_t *text) {
    put(props, tag, text, (std::char_traits<char16_t>::length(text) + 1) * 2);
}

static LONG number(const Props &props, ULONG tag, LONG otherwise = 0) {
    auto at = find(props, tag);
    LONG value = otherwise;
    if (at != props.end() && at->second.size() >= sizeof value)
        memcpy(&value, at->second.data(), sizeof value);
    return value;
}

// What came in becomes ours; the narrow text of others is taken for ASCII.
static bool take(Props &props, const SPropValue &prop) {
    ULONG tag = prop.ulPropTag;
    switch (PROP_TYPE(tag)) {
    case PT_UNICODE:
        put(props, tag, reinterpret_cast<const char16_t *>(prop.Value.lpszW));
        return true;
    case PT_STRING8: {
        std::u16string wide(prop.Value.lpszA, prop.Value.lpszA + strlen(prop.Value.lpszA));
        put(props, CHANGE_PROP_TYPE(tag, PT_UNICODE), wide.c_str());
        return true;
    }
    case PT_BINARY:
        put(props, tag, prop.Value.bin.lpb, prop.Value.bin.cb);
        return true;
    case PT_CLSID:
        put(props, tag, prop.Value.lpguid, sizeof(GUID));
        return true;
    case PT_MV_LONG:
        put(props, tag, prop.Value.MVl.lpl, prop.Value.MVl.cValues * sizeof(LONG));
        return true;
    case PT_I2: case PT_LONG: case PT_BOOLEAN: case PT_SYSTIME: case PT_I8: case PT_DOUBLE:
    case PT_CURRENCY: case PT_APPTIME: case PT_R4:
        put(props, tag, &prop.Value, 8);
        return true;
    default:
        return false;
    }
}

// Gives a value; what it points to is chained to `owner`. A text is given in the width that the
// tag asks for, as ASCII if that is the narrow one.
static void give(const Props &props, ULONG tag, SPropValue &target, LPVOID owner) {
    auto at = find(props, tag);
    ULONG type = PROP_TYPE(tag), found = at == props.end() ? PT_ERROR : PROP_TYPE(at->first);
    bool narrow = type == PT_STRING8 && found == PT_UNICODE;
    if (at == props.end() || (type != found && type != PT_UNSPECIFIED && !narrow)) {
        target.ulPropTag = CHANGE_PROP_TYPE(tag, PT_ERROR);
        target.Value.err = MAPI_E_NOT_FOUND;
        return;
    }
    const Bytes &bytes = at->second;
    target.ulPropTag = narrow ? tag : at->first;
    bool is_guid = found == PT_CLSID, many = found == PT_MV_LONG;
    if (!is_text(at->first) && !is_binary(at->first) && !is_guid && !many) {
        memcpy(&target.Value, bytes.data(), std::min<size_t>(bytes.size(), 8));
        return;
    }
    LPVOID copy = nullptr;
    if (FAILED(g_more(ULONG(bytes.size()), owner, &copy))) {
        target.ulPropTag = CHANGE_PROP_TYPE(tag, PT_ERROR);
        target.Value.err = MAPI_E_NOT_ENOUGH_MEMORY;
        return;
    }
    memcpy(copy, bytes.data(), bytes.size());
    if (is_binary(at->first)) {
        target.Value.bin.cb = ULONG(bytes.size());
        target.Value.bin.lpb = static_cast<LPBYTE>(copy);
    } else if (is_guid) {
        target.Value.lpguid = static_cast<LPGUID>(copy);
    } else if (many) {
        target.Value.MVl.cValues = ULONG(bytes.size() / sizeof(LONG));
        target.Value.MVl.lpl = static_cast<LONG *>(copy);
    } else if (narrow) {
        auto wide = static_cast<const char16_t *>(copy);
        auto thin = static_cast<char *>(copy);
        for (size_t i = 0; i < bytes.size() / 2; i++) thin[i] = char(wide[i] < 128 ? wide[i] : '?');
        target.Value.lpszA = thin;
    } else {
        target.Value.lpszW = static_cast<LPWSTR>(copy);
    }
}

static HRESULT give_tags(const std::vector<ULONG> &tags, LPSPropTagArray *target) {
    HRESULT hr = g_allocate(CbNewSPropTagArray(ULONG(tags.size())), (LPVOID *)target);
    if (FAILED(hr)) return hr;
    (*target)->cValues = ULONG(tags.size());
    if (!tags.empty()) memcpy((*target)->aulPropTag, tags.data(), tags.size() * sizeof(ULONG));
    return S_OK;
}

static std::vector<ULONG> tags_of(const SPropTagArray *tags) {
    return {tags->aulPropTag, tags->aulPropTag + tags->cValues};
}

// ---- What is in the store ------------------------------------------------------------------

struct Letter;

struct Enclosure {
    Props props;
    std::shared_ptr<Letter> inside;  // an embedded message
};

struct Letter {
    Props props;
    std::vector<Props> recipients;
    std::map<ULONG, Enclosure> enclosures;
};

struct Node {
    ULONG parent = 0;
    bool folder = false;
    Letter letter;  // of a folder only the properties
};

struct ID {
    BYTE flags[4];
    MAPIUID uid;
    ULONG number;
};

static ID make_id(ULONG number) { return {{0, 0, 0, 0}, g_uid, number}; }

struct Mailbox {
    std::recursive_mutex lock;
    std::map<ULONG, Node> nodes;  // 0 is the store itself, 1 the root
    ULONG next = 2;
    LPMAPISUP support = nullptr;
    MAPIUID key = {};  // other stores in memory have the same entry IDs

    ULONG add(ULONG parent, bool folder, Letter letter) {
        ULONG number = next++;
        nodes[number] = Node{parent, folder, std::move(letter)};
        return number;
    }

    // The number in an entry ID of ours, if there is such an object.
    HRESULT find(ULONG size, const ENTRYID *id, ULONG &number) {
        ID found;
        if (size != sizeof found) return MAPI_E_INVALID_ENTRYID;
        memcpy(&found, id, sizeof found);
        if (memcmp(&found.uid, &g_uid, sizeof g_uid) != 0) return MAPI_E_UNKNOWN_ENTRYID;
        number = found.number;
        return nodes.count(number) ? S_OK : MAPI_E_NOT_FOUND;
    }

    // What MAPI asks of every object, beside what is kept.
    Props all(ULONG number) {
        const Node &node = nodes[number];
        Props props = node.letter.props;
        ID own = make_id(number), store = make_id(0), parent = make_id(node.parent);
        if (number == 1) parent = own;
        put(props, PR_ENTRYID, &own, sizeof own);
        put(props, PR_RECORD_KEY, &own, sizeof own);
        put(props, PR_STORE_ENTRYID, &store, sizeof store);
        put(props, PR_STORE_RECORD_KEY, &key, sizeof key);
        put(props, PR_OBJECT_TYPE, number == 0 ? MAPI_STORE : node.folder ? MAPI_FOLDER : MAPI_MESSAGE);
        if (number == 0) {
            put(props, PR_STORE_SUPPORT_MASK,
                STORE_ENTRYID_UNIQUE | STORE_MODIFY_OK | STORE_CREATE_OK | STORE_ATTACH_OK |
                    STORE_UNICODE_OK);
            return props;
        }
        put(props, PR_PARENT_ENTRYID, &parent, sizeof parent);
        if (!node.folder) {
            put(props, PR_HASATTACH, !node.letter.enclosures.empty());
            return props;
        }
        LONG letters = 0, unread = 0, folders = 0;
        for (auto &[other, child] : nodes) {
            if (other < 2 || child.parent != number) continue;
            folders += child.folder;
            letters += !child.folder;
            unread += !child.folder && !(::number(child.letter.props, PR_MESSAGE_FLAGS) & MSGFLAG_READ);
        }
        put(props, PR_FOLDER_TYPE, number == 1 ? FOLDER_ROOT : FOLDER_GENERIC);
        put(props, PR_CONTENT_COUNT, letters);
        put(props, PR_CONTENT_UNREAD, unread);
        put(props, PR_SUBFOLDERS, folders > 0);
        return props;
    }

    // Tells all sinks, as MAPI keeps them under the key of this store.
    void notify(ULONG event, ULONG number, ULONG parent) {
        ID id = make_id(number), above = make_id(parent);
        NOTIFICATION told = {};
        told.ulEventType = event;
        told.info.obj.cbEntryID = sizeof id;
        told.info.obj.lpEntryID = reinterpret_cast<LPENTRYID>(&id);
        told.info.obj.cbParentID = sizeof above;
        told.info.obj.lpParentID = reinterpret_cast<LPENTRYID>(&above);
        auto at = nodes.find(number);
        told.info.obj.ulObjType = at != nodes.end() && at->second.folder ? MAPI_FOLDER : MAPI_MESSAGE;
        ULONG flags = 0;
        Key key;
        support->Notify(key, 1, &told, &flags);
    }

    struct Key {
        struct { ULONG cb; BYTE ab[16]; } key;
        Key() { key.cb = 16; memcpy(key.ab, &g_uid, 16); }
        operator LPNOTIFKEY() { return reinterpret_cast<LPNOTIFKEY>(&key); }
    };
};

using Box = std::shared_ptr<Mailbox>;
using Guard = std::lock_guard<std::recursive_mutex>;

// ---- Objects -------------------------------------------------------------------------------

// Reference counts, and the interfaces that an object answers for.
template <class Interface> struct Object : Interface {
    std::atomic<ULONG> count{1};
    std::vector<const IID *> answers;

    explicit Object(std::vector<const IID *> iids) : answers(std::move(iids)) {
        answers.push_back(&IID_IUnknown);
    }
    virtual ~Object() = default;
    STDMETHODIMP QueryInterface(REFIID iid, LPVOID *object) override {
        *object = nullptr;
        for (auto answer : answers)
            if (memcmp(answer, &iid, sizeof iid) == 0) {
                *object = static_cast<Interface *>(this);
                ++count;
                return S_OK;
            }
        return MAPI_E_INTERFACE_NOT_SUPPORTED;
    }
    STDMETHODIMP_(ULONG) AddRef() override { return ++count; }
    STDMETHODIMP_(ULONG) Release() override {
        ULONG left = --count;
        if (left == 0) delete this;
        return left;
    }
    STDMETHODIMP GetLastError(HRESULT, ULONG, LPMAPIERROR *error) {
        *error = nullptr;
        return S_OK;
    }
};

// The bytes of a property, to be read; those that are written are set at `Commit`.
struct Stream final : Object<IStream> {
    Bytes bytes;
    size_t at = 0;
    std::function<void(const Bytes &)> commit;
    bool changed = false;

    Stream(Bytes b, std::function<void(const Bytes &)> c)
        : Object({&IID_IStream}), bytes(std::move(b)), commit(std::move(c)) {}
    ~Stream() override {
        if (changed) Commit(0);
    }
    STDMETHODIMP Read(void *target, ULONG size, ULONG *read) override {
        size_t count = at < bytes.size() ? std::min<size_t>(size, bytes.size() - at) : 0;
        if (count) memcpy(target, bytes.data() + at, count);
        at += count;
        if (read) *read = ULONG(count);
        return S_OK;
    }
    STDMETHODIMP Write(const void *source, ULONG size, ULONG *written) override {
        if (!commit) return STG_E_ACCESSDENIED;
        if (bytes.size() < at + size) bytes.resize(at + size);
        if (size) memcpy(bytes.data() + at, source, size);
        at += size;
        changed = true;
        if (written) *written = size;
        return S_OK;
    }
    STDMETHODIMP Seek(LARGE_INTEGER by, DWORD origin, ULARGE_INTEGER *position) override {
        LONGLONG from = origin == 0 ? 0 : origin == 1 ? LONGLONG(at) : LONGLONG(bytes.size());
        if (from + by.QuadPart < 0) return MAPI_E_INVALID_PARAMETER;
        at = size_t(from + by.QuadPart);
        if (position) position->QuadPart = at;
        return S_OK;
    }
    STDMETHODIMP SetSize(ULARGE_INTEGER size) override {
        if (!commit) return STG_E_ACCESSDENIED;
        bytes.resize(size_t(size.QuadPart));
        changed = true;
        return S_OK;
    }
    STDMETHODIMP Commit(DWORD) override {
        if (commit) commit(bytes);
        changed = false;
        return S_OK;
    }
    STDMETHODIMP Stat(STATSTG *stat, DWORD) override {
        *stat = {};
        stat->cbSize.QuadPart = bytes.size();
        return S_OK;
    }
    STDMETHODIMP CopyTo(IStream *, ULARGE_INTEGER, ULARGE_INTEGER *, ULARGE_INTEGER *) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP Revert() override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP LockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP UnlockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP Clone(IStream **) override { return MAPI_E_NO_SUPPORT; }
};

// A table: rows as they were when it was opened.
struct Table final : Object<IMAPITable> {
    std::vector<Props> rows;
    std::vector<ULONG> columns, all;
    size_t at = 0;

    explicit Table(std::vector<Props> r, std::vector<ULONG> usual)
        : Object({&IID_IMAPITable}), rows(std::move(r)), columns(usual), all(std::move(usual)) {
        for (auto &row : rows)
            for (auto &[tag, value] : row)
                if (std::find(all.begin(), all.end(), tag) == all.end()) all.push_back(tag);
    }
    STDMETHODIMP GetLastError(HRESULT, ULONG, LPMAPIERROR *e) override { *e = nullptr; return S_OK; }
    STDMETHODIMP SetColumns(LPSPropTagArray tags, ULONG) override {
        columns = tags_of(tags);
        return S_OK;
    }
    STDMETHODIMP QueryColumns(ULONG flags, LPSPropTagArray *tags) override {
        return give_tags(flags & TBL_ALL_COLUMNS ? all : columns, tags);
    }
    STDMETHODIMP GetRowCount(ULONG, ULONG *count) override {
        *count = ULONG(rows.size());
        return S_OK;
    }
    STDMETHODIMP SeekRow(BOOKMARK origin, LONG by, LONG *sought) override {
        LONG from = origin == BOOKMARK_BEGINNING ? 0 : origin == BOOKMARK_END ? LONG(rows.size()) : LONG(at);
        LONG to = std::min(std::max(from + by, 0), LONG(rows.size()));
        if (sought) *sought = to - from;
        at = size_t(to);
        return S_OK;
    }
    STDMETHODIMP QueryRows(LONG wanted, ULONG, LPSRowSet *target) override {
        if (wanted < 0) return MAPI_E_NO_SUPPORT;
        size_t count = std::min(size_t(wanted), rows.size() - at);
        HRESULT hr = g_allocate(CbNewSRowSet(ULONG(count)), (LPVOID *)target);
        if (FAILED(hr)) return hr;
        (*target)->cRows = 0;
        for (; count; count--, at++) {
            SRow &row = (*target)->aRow[(*target)->cRows];
            row = {};
            hr = g_allocate(ULONG(columns.size() * sizeof(SPropValue)), (LPVOID *)&row.lpProps);
            if (FAILED(hr)) return hr;
            row.cValues = ULONG(columns.size());
            for (size_t i = 0; i < columns.size(); i++)
                give(rows[at], columns[i], row.lpProps[i], row.lpProps);
            (*target)->cRows++;
        }
        return S_OK;
    }
    // A client of this store is MAPI, which sorts and filters by itself.
    STDMETHODIMP Advise(ULONG, LPMAPIADVISESINK, ULONG_PTR *) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP Unadvise(ULONG_PTR) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP GetStatus(ULONG *s, ULONG *t) override { *s = TBLSTAT_COMPLETE; *t = TBLTYPE_SNAPSHOT; return S_OK; }
    STDMETHODIMP SeekRowApprox(ULONG, ULONG) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP QueryPosition(ULONG *, ULONG *, ULONG *) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP FindRow(LPSRestriction, BOOKMARK, ULONG) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP Restrict(LPSRestriction, ULONG) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP CreateBookmark(BOOKMARK *) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP FreeBookmark(BOOKMARK) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP SortTable(LPSSortOrderSet, ULONG) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP QuerySortOrder(LPSSortOrderSet *) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP Abort() override { return S_OK; }
    STDMETHODIMP ExpandRow(ULONG, LPBYTE, ULONG, ULONG, LPSRowSet *, ULONG *) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP CollapseRow(ULONG, LPBYTE, ULONG, ULONG *) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP WaitForCompletion(ULONG, ULONG, ULONG *) override { return S_OK; }
    STDMETHODIMP GetCollapseState(ULONG, ULONG, LPBYTE, ULONG *, LPBYTE *) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP SetCollapseState(ULONG, ULONG, LPBYTE, BOOKMARK *) override { return MAPI_E_NO_SUPPORT; }
};

// Properties of whatever object: `props` says what there is, `kept` is what can be changed.
template <class Interface> struct PropObject : Object<Interface> {
    Box box;

    PropObject(Box b, std::vector<const IID *> iids) : Object<Interface>(std::move(iids)), box(std::move(b)) {
        this->answers.push_back(&IID_IMAPIProp);
    }
    virtual Props props() = 0;
    virtual Props *kept() = 0;
    virtual HRESULT changed() { return S_OK; }  // objects without SaveChanges

    STDMETHODIMP GetLastError(HRESULT, ULONG, LPMAPIERROR *e) override { *e = nullptr; return S_OK; }
    STDMETHODIMP SaveChanges(ULONG) override { return S_OK; }
    STDMETHODIMP GetProps(LPSPropTagArray wanted, ULONG, ULONG *count, LPSPropValue *target) override {
        Guard guard(box->lock);
        Props all = props();
        std::vector<ULONG> tags;
        if (wanted) tags = tags_of(wanted);
        else for (auto &[tag, value] : all) tags.push_back(tag);
        HRESULT hr = g_allocate(ULONG(std::max<size_t>(tags.size(), 1) * sizeof(SPropValue)), (LPVOID *)target);
        if (FAILED(hr)) return hr;
        bool failed = false;
        for (size_t i = 0; i < tags.size(); i++) {
            give(all, tags[i], (*target)[i], *target);
            failed |= PROP_TYPE((*target)[i].ulPropTag) == PT_ERROR;
        }
        *count = ULONG(tags.size());
        return failed ? MAPI_W_ERRORS_RETURNED : S_OK;
    }
    STDMETHODIMP GetPropList(ULONG, LPSPropTagArray *target) override {
        Guard guard(box->lock);
        std::vector<ULONG> tags;
        for (auto &[tag, value] : props()) tags.push_back(tag);
        return give_tags(tags, target);
    }
    STDMETHODIMP OpenProperty(ULONG tag, LPCIID iid, ULONG, ULONG flags, LPUNKNOWN *object) override {
        Guard guard(box->lock);
        if (memcmp(iid, &IID_IStream, sizeof *iid) != 0) return MAPI_E_INTERFACE_NOT_SUPPORTED;
        if (PROP_TYPE(tag) == PT_STRING8) return MAPI_E_NO_SUPPORT;  // text is kept wide: set it as a value
        Props all = props();
        auto at = find(all, tag);
        Bytes bytes;
        if (at != all.end()) bytes = at->second;
        else if (!(flags & MAPI_CREATE)) return MAPI_E_NOT_FOUND;
        if (is_text(tag) && !bytes.empty()) bytes.resize(bytes.size() - 2);  // without the zero
        std::function<void(const Bytes &)> commit;
        if (flags & (MAPI_MODIFY | MAPI_CREATE)) {
            this->AddRef();
            std::shared_ptr<PropObject> owner(this, [](PropObject *o) { o->Release(); });
            commit = [owner, tag](const Bytes &written) {
                Guard guard(owner->box->lock);
                Bytes value = written;
                if (is_text(tag)) value.insert(value.end(), 2, 0);
                put(*owner->kept(), tag, value.data(), value.size());
                owner->changed();
            };
        }
        *object = new Stream(std::move(bytes), std::move(commit));
        return S_OK;
    }
    STDMETHODIMP SetProps(ULONG count, LPSPropValue values, LPSPropProblemArray *problems) override {
        Guard guard(box->lock);
        if (problems) *problems = nullptr;
        for (ULONG i = 0; i < count; i++)
            if (!take(*kept(), values[i])) return MAPI_E_TYPE_NO_SUPPORT;
        return changed();
    }
    STDMETHODIMP DeleteProps(LPSPropTagArray tags, LPSPropProblemArray *problems) override {
        Guard guard(box->lock);
        if (problems) *problems = nullptr;
        for (ULONG tag : tags_of(tags)) {
            auto at = find(*kept(), tag);
            if (at != kept()->end()) kept()->erase(at);
        }
        return changed();
    }
    // Copies are made by MAPI; who has it make them already is told so.
    STDMETHODIMP CopyTo(ULONG count, LPCIID exclude, LPSPropTagArray tags, ULONG_PTR window, LPMAPIPROGRESS progress, LPCIID iid,
                        LPVOID target, ULONG flags, LPSPropProblemArray *problems) override {
        if (flags & MAPI_DECLINE_OK) return MAPI_E_DECLINE_COPY;
        return box->support->DoCopyTo(this->answers[0], static_cast<Interface *>(this), count, exclude, tags, window,
                                      progress, iid, target, flags, problems);
    }
    STDMETHODIMP CopyProps(LPSPropTagArray tags, ULONG_PTR window, LPMAPIPROGRESS progress, LPCIID iid, LPVOID target,
                           ULONG flags, LPSPropProblemArray *problems) override {
        if (flags & MAPI_DECLINE_OK) return MAPI_E_DECLINE_COPY;
        return box->support->DoCopyProps(this->answers[0], static_cast<Interface *>(this), tags, window, progress, iid,
                                         target, flags, problems);
    }
    STDMETHODIMP GetNamesFromIDs(LPSPropTagArray *, LPGUID, ULONG, ULONG *, LPMAPINAMEID **) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP GetIDsFromNames(ULONG, LPMAPINAMEID *, ULONG, LPSPropTagArray *) override { return MAPI_E_NO_SUPPORT; }
};

struct Message;

// An attachment of an open message, which takes its changes at SaveChanges.
struct Attach final : PropObject<IAttach> {
    Message *message;
    ULONG number;
    Enclosure own;

    Attach(Box b, Message *m, ULONG n, Enclosure e);
    ~Attach() override;
    Props props() override {
        Props all = own.props;
        put(all, PR_ATTACH_NUM, LONG(number));
        put(all, PR_OBJECT_TYPE, MAPI_ATTACH);
        return all;
    }
    Props *kept() override { return &own.props; }
    STDMETHODIMP SaveChanges(ULONG) override;
    STDMETHODIMP OpenProperty(ULONG tag, LPCIID iid, ULONG options, ULONG flags, LPUNKNOWN *object) override;
};

// A message: a copy of what is in the store until SaveChanges, or one embedded in an attachment.
struct Message final : PropObject<IMessage> {
    ULONG number;  // 0 for a new one
    ULONG folder;
    Attach *outer;
    Letter own;

    Message(Box b, ULONG n, ULONG f, Attach *o, Letter l)
        : PropObject(std::move(b), {&IID_IMessage}), number(n), folder(f), outer(o), own(std::move(l)) {
        if (outer) outer->AddRef();
    }
    ~Message() override {
        if (outer) outer->Release();
    }
    Props props() override {
        Props all = own.props;
        if (!number) return all;
        for (auto &[tag, value] : box->all(number))
            if (find(all, tag) == all.end()) all[tag] = value;
        return all;
    }
    Props *kept() override { return &own.props; }
    STDMETHODIMP SaveChanges(ULONG) override {
        Guard guard(box->lock);
        if (outer) {
            outer->own.inside = std::make_shared<Letter>(own);
            return S_OK;
        }
        ULONG event = fnevObjectModified;
        if (!number) {
            if (!box->nodes.count(folder)) return MAPI_E_OBJECT_DELETED;
            number = box->add(folder, false, own);
            event = fnevObjectCreated;
        } else {
            auto at = box->nodes.find(number);
            if (at == box->nodes.end()) return MAPI_E_OBJECT_DELETED;
            at->second.letter = own;
        }
        box->notify(event, number, box->nodes[number].parent);
        return S_OK;
    }
    STDMETHODIMP GetAttachmentTable(ULONG, LPMAPITABLE *table) override {
        Guard guard(box->lock);
        std::vector<Props> rows;
        for (auto &[n, enclosure] : own.enclosures) {
            rows.push_back(enclosure.props);
            put(rows.back(), PR_ATTACH_NUM, LONG(n));
        }
        *table = new Table(std::move(rows), {PR_ATTACH_NUM, PR_ATTACH_METHOD});
        return S_OK;
    }
    STDMETHODIMP OpenAttach(ULONG n, LPCIID, ULONG, LPATTACH *attach) override {
        Guard guard(box->lock);
        auto at = own.enclosures.find(n);
        if (at == own.enclosures.end()) return MAPI_E_NOT_FOUND;
        *attach = new Attach(box, this, n, at->second);
        return S_OK;
    }
    STDMETHODIMP CreateAttach(LPCIID, ULONG, ULONG *n, LPATTACH *attach) override {
        Guard guard(box->lock);
        *n = own.enclosures.empty() ? 0 : own.enclosures.rbegin()->first + 1;
        own.enclosures[*n];
        *attach = new Attach(box, this, *n, {});
        return S_OK;
    }
    STDMETHODIMP DeleteAttach(ULONG n, ULONG_PTR, LPMAPIPROGRESS, ULONG) override {
        Guard guard(box->lock);
        return own.enclosures.erase(n) ? S_OK : MAPI_E_NOT_FOUND;
    }
    STDMETHODIMP GetRecipientTable(ULONG, LPMAPITABLE *table) override {
        Guard guard(box->lock);
        *table = new Table(own.recipients, {PR_ROWID, PR_RECIPIENT_TYPE, PR_DISPLAY_NAME_W});
        return S_OK;
    }
    STDMETHODIMP ModifyRecipients(ULONG flags, LPADRLIST list) override {
        Guard guard(box->lock);
        auto row_of = [this](ULONG row) {
            return std::find_if(own.recipients.begin(), own.recipients.end(),
                                [row](const Props &r) { return ULONG(::number(r, PR_ROWID)) == row; });
        };
        if (!(flags & (MODRECIP_ADD | MODRECIP_MODIFY | MODRECIP_REMOVE))) own.recipients.clear();
        for (ULONG i = 0; list && i < list->cEntries; i++) {
            Props recipient;
            for (ULONG j = 0; j < list->aEntries[i].cValues; j++)
                take(recipient, list->aEntries[i].rgPropVals[j]);
            auto at = row_of(ULONG(::number(recipient, PR_ROWID, -1)));
            if (at != own.recipients.end()) own.recipients.erase(at);
            if (flags & MODRECIP_REMOVE) continue;
            if (find(recipient, PR_ROWID) == recipient.end())
                put(recipient, PR_ROWID, LONG(own.recipients.size()));
            own.recipients.push_back(std::move(recipient));
        }
        return S_OK;
    }
    STDMETHODIMP SubmitMessage(ULONG) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP SetReadFlag(ULONG flags) override {
        Guard guard(box->lock);
        LONG now = ::number(own.props, PR_MESSAGE_FLAGS);
        put(own.props, PR_MESSAGE_FLAGS, flags & CLEAR_READ_FLAG ? now & ~MSGFLAG_READ : now | MSGFLAG_READ);
        return number ? SaveChanges(0) : S_OK;
    }
};

Attach::Attach(Box b, Message *m, ULONG n, Enclosure e)
    : PropObject(std::move(b), {&IID_IAttachment}), message(m), number(n), own(std::move(e)) {
    message->AddRef();
}

Attach::~Attach() { message->Release(); }

HRESULT Attach::SaveChanges(ULONG) {
    Guard guard(box->lock);
    message->own.enclosures[number] = own;
    return S_OK;
}

HRESULT Attach::OpenProperty(ULONG tag, LPCIID iid, ULONG options, ULONG flags, LPUNKNOWN *object) {
    if (PROP_ID(tag) != PROP_ID(PR_ATTACH_DATA_OBJ) || memcmp(iid, &IID_IMessage, sizeof *iid) != 0)
        return PropObject::OpenProperty(tag, iid, options, flags, object);
    Guard guard(box->lock);
    if (!own.inside && !(flags & MAPI_CREATE)) return MAPI_E_NOT_FOUND;
    *object = new Message(box, 0, 0, this, own.inside ? *own.inside : Letter());
    return S_OK;
}

struct Folder;
static HRESULT open_entry(const Box &box, ULONG size, LPENTRYID id, ULONG *type, LPUNKNOWN *object);

struct Folder : PropObject<IMAPIFolder> {
    ULONG number;

    Folder(Box b, ULONG n) : PropObject(std::move(b), {&IID_IMAPIFolder, &IID_IMAPIContainer}), number(n) {}
    Props props() override { return box->all(number); }
    Props *kept() override { return &box->nodes[number].letter.props; }
    HRESULT changed() override {
        box->notify(fnevObjectModified, number, box->nodes[number].parent);
        return S_OK;
    }

    std::vector<Props> rows(bool folders, bool hidden) {
        std::vector<Props> rows;
        for (auto &[n, node] : box->nodes) {
            if (n < 2 || node.parent != number || node.folder != folders) continue;
            bool is_hidden = ::number(node.letter.props, PR_MESSAGE_FLAGS) & MSGFLAG_ASSOCIATED;
            if (folders || is_hidden == hidden) rows.push_back(box->all(n));
        }
        return rows;
    }
    // Whether a folder is one of this store, and its number then.
    bool own_folder(LPMAPIFOLDER folder, ULONG &n) {
        ULONG count = 0;
        LPSPropValue id = nullptr;
        SizedSPropTagArray(2, tags) = {2, {PR_ENTRYID, PR_STORE_RECORD_KEY}};
        if (FAILED(folder->GetProps((LPSPropTagArray)&tags, 0, &count, &id))) return false;
        Guard guard(box->lock);
        bool own = id[0].ulPropTag == PR_ENTRYID && id[1].ulPropTag == PR_STORE_RECORD_KEY &&
                   id[1].Value.bin.cb == sizeof box->key && memcmp(id[1].Value.bin.lpb, &box->key, sizeof box->key) == 0 &&
                   SUCCEEDED(box->find(id[0].Value.bin.cb, (LPENTRYID)id[0].Value.bin.lpb, n));
        g_free(id);
        return own;
    }
    STDMETHODIMP GetContentsTable(ULONG flags, LPMAPITABLE *table) override {
        Guard guard(box->lock);
        *table = new Table(rows(false, flags & MAPI_ASSOCIATED),
                           {PR_ENTRYID, PR_SUBJECT_W, PR_MESSAGE_CLASS_W, PR_MESSAGE_FLAGS});
        return S_OK;
    }
    STDMETHODIMP GetHierarchyTable(ULONG, LPMAPITABLE *table) override {
        Guard guard(box->lock);
        *table = new Table(rows(true, false), {PR_ENTRYID, PR_DISPLAY_NAME_W, PR_SUBFOLDERS});
        return S_OK;
    }
    STDMETHODIMP OpenEntry(ULONG size, LPENTRYID id, LPCIID, ULONG, ULONG *type, LPUNKNOWN *object) override {
        return open_entry(box, size, id, type, object);
    }
    STDMETHODIMP CreateMessage(LPCIID, ULONG flags, LPMESSAGE *message) override {
        Letter letter;
        put(letter.props, PR_MESSAGE_FLAGS, flags & MAPI_ASSOCIATED ? MSGFLAG_ASSOCIATED : 0);
        *message = new Message(box, 0, number, nullptr, std::move(letter));
        return S_OK;
    }
    STDMETHODIMP CopyMessages(LPENTRYLIST list, LPCIID iid, LPVOID target, ULONG_PTR window, LPMAPIPROGRESS progress,
                              ULONG flags) override {
        ULONG there = 0;
        if (!list || !target) return MAPI_E_INVALID_PARAMETER;
        if (!own_folder(static_cast<LPMAPIFOLDER>(target), there)) {
            if (flags & MAPI_DECLINE_OK) return MAPI_E_DECLINE_COPY;
            return box->support->CopyMessages(&IID_IMAPIFolder, this, list, iid, target, window, progress, flags);
        }
        Guard guard(box->lock);
        HRESULT hr = S_OK;
        for (ULONG i = 0; SUCCEEDED(hr) && i < list->cValues; i++) {
            ULONG n = 0;
            hr = box->find(list->lpbin[i].cb, (LPENTRYID)list->lpbin[i].lpb, n);
            if (FAILED(hr)) break;
            if (flags & MESSAGE_MOVE) {
                box->nodes[n].parent = there;
                box->notify(fnevObjectModified, n, there);
            } else {
                box->notify(fnevObjectCreated, box->add(there, false, box->nodes[n].letter), there);
            }
        }
        return hr;
    }
    STDMETHODIMP DeleteMessages(LPENTRYLIST list, ULONG_PTR, LPMAPIPROGRESS, ULONG) override {
        Guard guard(box->lock);
        for (ULONG i = 0; i < list->cValues; i++) {
            ULONG n = 0;
            HRESULT hr = box->find(list->lpbin[i].cb, (LPENTRYID)list->lpbin[i].lpb, n);
            if (FAILED(hr)) return hr;
            box->nodes.erase(n);
            box->notify(fnevObjectDeleted, n, number);
        }
        return S_OK;
    }
    STDMETHODIMP CreateFolder(ULONG type, LPTSTR name, LPTSTR, LPCIID, ULONG flags, LPMAPIFOLDER *folder) override {
        Guard guard(box->lock);
        if (type != FOLDER_GENERIC || !(flags & MAPI_UNICODE)) return MAPI_E_NO_SUPPORT;
        Letter letter;
        put(letter.props, PR_DISPLAY_NAME_W, reinterpret_cast<const char16_t *>(name));
        ULONG n = box->add(number, true, std::move(letter));
        box->notify(fnevObjectCreated, n, number);
        *folder = new Folder(box, n);
        return S_OK;
    }
    STDMETHODIMP DeleteFolder(ULONG size, LPENTRYID id, ULONG_PTR, LPMAPIPROGRESS, ULONG flags) override {
        Guard guard(box->lock);
        ULONG n = 0;
        HRESULT hr = box->find(size, id, n);
        if (FAILED(hr)) return hr;
        bool filled = std::any_of(box->nodes.begin(), box->nodes.end(), [n](auto &p) { return p.first > 1 && p.second.parent == n; });
        if (filled && !(flags & (DEL_MESSAGES | DEL_FOLDERS))) return MAPI_E_HAS_MESSAGES;
        for (auto at = box->nodes.upper_bound(1); at != box->nodes.end();) {
            if (at->second.parent != n) { ++at; continue; }
            if (at->second.folder) {
                ID inner = make_id(at->first);
                DeleteFolder(sizeof inner, (LPENTRYID)&inner, 0, nullptr, flags);
                at = box->nodes.upper_bound(1);
            } else {
                at = box->nodes.erase(at);
            }
        }
        box->notify(fnevObjectDeleted, n, box->nodes[n].parent);
        box->nodes.erase(n);
        return S_OK;
    }
    STDMETHODIMP CopyFolder(ULONG size, LPENTRYID id, LPCIID iid, LPVOID target, LPTSTR name, ULONG_PTR window,
                            LPMAPIPROGRESS progress, ULONG flags) override {
        if (flags & MAPI_DECLINE_OK) return MAPI_E_DECLINE_COPY;
        return box->support->CopyFolder(&IID_IMAPIFolder, this, size, id, iid, target, name, window, progress, flags);
    }
    STDMETHODIMP SetSearchCriteria(LPSRestriction, LPENTRYLIST, ULONG) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP GetSearchCriteria(ULONG, LPSRestriction *, LPENTRYLIST *, ULONG *) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP SetReadFlags(LPENTRYLIST, ULONG_PTR, LPMAPIPROGRESS, ULONG) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP GetMessageStatus(ULONG, LPENTRYID, ULONG, ULONG *) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP SetMessageStatus(ULONG, LPENTRYID, ULONG, ULONG, ULONG *) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP SaveContentsSort(LPSSortOrderSet, ULONG) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP EmptyFolder(ULONG_PTR, LPMAPIPROGRESS, ULONG) override { return MAPI_E_NO_SUPPORT; }
};

static HRESULT open_entry(const Box &box, ULONG size, LPENTRYID id, ULONG *type, LPUNKNOWN *object) {
    Guard guard(box->lock);
    ULONG number = 1;  // no entry ID: the root
    HRESULT hr = size ? box->find(size, id, number) : S_OK;
    if (FAILED(hr)) return hr;
    Node &node = box->nodes[number];
    *type = node.folder ? MAPI_FOLDER : MAPI_MESSAGE;
    if (node.folder) *object = new Folder(box, number);
    else *object = new Message(box, number, node.parent, nullptr, node.letter);
    return S_OK;
}

struct Store final : PropObject<IMsgStore> {
    explicit Store(Box b) : PropObject(std::move(b), {&IID_IMsgStore}) {}
    Props props() override { return box->all(0); }
    Props *kept() override { return &box->nodes[0].letter.props; }
    STDMETHODIMP Advise(ULONG size, LPENTRYID, ULONG events, LPMAPIADVISESINK sink, ULONG_PTR *connection) override {
        if (size) return MAPI_E_NO_SUPPORT;  // of the whole store only
        Mailbox::Key key;
        return box->support->Subscribe(key, events, 0, sink, connection);
    }
    STDMETHODIMP Unadvise(ULONG_PTR connection) override { return box->support->Unsubscribe(connection); }
    STDMETHODIMP CompareEntryIDs(ULONG size1, LPENTRYID id1, ULONG size2, LPENTRYID id2, ULONG, ULONG *same) override {
        *same = size1 == size2 && memcmp(id1, id2, size1) == 0;
        return S_OK;
    }
    STDMETHODIMP OpenEntry(ULONG size, LPENTRYID id, LPCIID, ULONG, ULONG *type, LPUNKNOWN *object) override {
        return open_entry(box, size, id, type, object);
    }
    STDMETHODIMP StoreLogoff(ULONG *) override { return S_OK; }
    STDMETHODIMP SetReceiveFolder(LPTSTR, ULONG, ULONG, LPENTRYID) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP GetReceiveFolder(LPTSTR, ULONG, ULONG *, LPENTRYID *, LPTSTR *) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP GetReceiveFolderTable(ULONG, LPMAPITABLE *) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP AbortSubmit(ULONG, LPENTRYID, ULONG) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP GetOutgoingQueue(ULONG, LPMAPITABLE *) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP SetLockState(LPMESSAGE, ULONG) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP FinishedMsg(ULONG, ULONG, LPENTRYID) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP NotifyNewMail(LPNOTIFICATION) override { return MAPI_E_NO_SUPPORT; }
};

struct Logon final : Object<IMSLogon> {
    Box box;

    explicit Logon(Box b) : Object({&IID_IMSLogon}), box(std::move(b)) {}
    STDMETHODIMP GetLastError(HRESULT, ULONG, LPMAPIERROR *e) override { *e = nullptr; return S_OK; }
    STDMETHODIMP Logoff(ULONG *) override {
        if (box->support) box->support->Release();
        box->support = nullptr;
        return S_OK;
    }
    STDMETHODIMP OpenEntry(ULONG size, LPENTRYID id, LPCIID, ULONG, ULONG *type, LPUNKNOWN *object) override {
        return open_entry(box, size, id, type, object);
    }
    STDMETHODIMP CompareEntryIDs(ULONG size1, LPENTRYID id1, ULONG size2, LPENTRYID id2, ULONG, ULONG *same) override {
        *same = size1 == size2 && memcmp(id1, id2, size1) == 0;
        return S_OK;
    }
    STDMETHODIMP Advise(ULONG, LPENTRYID, ULONG, LPMAPIADVISESINK, ULONG_PTR *) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP Unadvise(ULONG_PTR) override { return MAPI_E_NO_SUPPORT; }
    STDMETHODIMP OpenStatusEntry(LPCIID, ULONG, ULONG *, LPVOID *) override { return MAPI_E_NO_SUPPORT; }
};

// ---- The provider --------------------------------------------------------------------------

static Letter letter(const char16_t *subject, const char16_t *body, bool read) {
    Letter made;
    put(made.props, PR_MESSAGE_CLASS_W, u"IPM.Note");
    put(made.props, PR_SUBJECT_W, subject);
    put(made.props, PR_BODY_W, body);
    put(made.props, PR_SENDER_NAME_W, u"Ann Example");
    put(made.props, PR_SENDER_ADDRTYPE_W, u"SMTP");
    put(made.props, PR_SENDER_EMAIL_ADDRESS_W, u"ann@example.com");
    put(made.props, PR_MESSAGE_FLAGS, read ? MSGFLAG_READ : 0);
    LONGLONG noon = 133590384000000000;  // 2024-05-01, 12:00
    put(made.props, PR_MESSAGE_DELIVERY_TIME, &noon, sizeof noon);
    Props bob;
    put(bob, PR_ROWID, 0);
    put(bob, PR_RECIPIENT_TYPE, MAPI_TO);
    put(bob, PR_DISPLAY_NAME_W, u"Bob Example");
    put(bob, PR_ADDRTYPE_W, u"SMTP");
    put(bob, PR_EMAIL_ADDRESS_W, u"bob@example.com");
    made.recipients.push_back(std::move(bob));
    return made;
}

static void fill(Mailbox &box, const char16_t *name) {
    put(box.nodes[0].letter.props, PR_DISPLAY_NAME_W, name);
    put(box.nodes[0].letter.props, PR_PROVIDER_DISPLAY_W, u"Demonstration store");
    box.nodes[1].folder = true;
    put(box.nodes[1].letter.props, PR_DISPLAY_NAME_W, u"");
    auto folder = [&box](ULONG parent, const char16_t *name) {
        Letter made;
        put(made.props, PR_DISPLAY_NAME_W, name);
        return box.add(parent, true, std::move(made));
    };
    ULONG inbox = folder(1, u"Inbox");
    folder(folder(1, u"Projects"), u"Archive");
    box.add(inbox, false, letter(u"Lunch on Friday?", u"Shall we meet at noon?\r\n", false));
    Letter report = letter(u"The report", u"It is attached.\r\n", true);
    Enclosure &file = report.enclosures[0];
    put(file.props, PR_ATTACH_METHOD, ATTACH_BY_VALUE);
    put(file.props, PR_ATTACH_LONG_FILENAME_W, u"report.txt");
    put(file.props, PR_ATTACH_DATA_BIN, "All is well.\n", 13);
    Enclosure &inner = report.enclosures[1];
    put(inner.props, PR_ATTACH_METHOD, ATTACH_EMBEDDED_MSG);
    put(inner.props, PR_DISPLAY_NAME_W, u"A letter in a letter");
    inner.inside = std::make_shared<Letter>(letter(u"A letter in a letter", u"Inside.\r\n", true));
    box.add(inbox, false, std::move(report));
}

struct Provider final : Object<IMSProvider> {
    Provider() : Object({&IID_IMSProvider}) {}
    STDMETHODIMP Shutdown(ULONG *) override { return S_OK; }
    STDMETHODIMP Logon(LPMAPISUP support, ULONG_PTR, LPTSTR, ULONG, LPENTRYID, ULONG, LPCIID, ULONG *, LPBYTE *,
                       LPMAPIERROR *, LPMSLOGON *logon, LPMDB *store) override {
        LPPROFSECT section = nullptr;
        HRESULT hr = support->OpenProfileSection(nullptr, 0, &section);
        if (FAILED(hr)) return hr;
        SizedSPropTagArray(1, tags) = {1, {PR_DEMO_NAME}};
        ULONG count = 0;
        LPSPropValue name = nullptr;
        hr = section->GetProps((LPSPropTagArray)&tags, MAPI_UNICODE, &count, &name);
        section->Release();
        if (FAILED(hr)) return hr;
        bool named = count == 1 && name->ulPropTag == PR_DEMO_NAME;
        auto box = std::make_shared<Mailbox>();
        fill(*box, named ? reinterpret_cast<const char16_t *>(name->Value.lpszW) : u"Demonstration");
        g_free(name);
        box->support = support;
        support->AddRef();
        support->NewUID(&box->key);
        support->SetProviderUID(const_cast<LPMAPIUID>(&g_uid), 0);
        *logon = new ::Logon(box);
        *store = new Store(box);
        return S_OK;
    }
    STDMETHODIMP SpoolerLogon(LPMAPISUP, ULONG_PTR, LPTSTR, ULONG, LPENTRYID, ULONG, LPCIID, ULONG, LPBYTE, LPMAPIERROR *,
                              LPMSLOGON *, LPMDB *) override {
        return MAPI_E_NO_SUPPORT;
    }
    STDMETHODIMP CompareStoreIDs(ULONG size1, LPENTRYID id1, ULONG size2, LPENTRYID id2, ULONG, ULONG *same) override {
        *same = size1 == size2 && memcmp(id1, id2, size1) == 0;
        return S_OK;
    }
};

extern "C" HRESULT MSProviderInit(HINSTANCE, LPMALLOC, LPALLOCATEBUFFER allocate, LPALLOCATEMORE more, LPFREEBUFFER free,
                                  ULONG, ULONG version, ULONG *own_version, LPMSPROVIDER *provider) {
    *own_version = CURRENT_SPI_VERSION;
    if (version < CURRENT_SPI_VERSION) return MAPI_E_VERSION;
    g_allocate = allocate;
    g_more = more;
    g_free = free;
    *provider = new Provider();
    return S_OK;
}

// Nothing is to be configured but the name, which is in the profile or in demo.inf.
extern "C" HRESULT ServiceEntry(HINSTANCE, LPMALLOC, LPMAPISUP, ULONG_PTR, ULONG, ULONG, ULONG, LPSPropValue,
                                LPPROVIDERADMIN, LPMAPIERROR *error) {
    if (error) *error = nullptr;
    return S_OK;
}
