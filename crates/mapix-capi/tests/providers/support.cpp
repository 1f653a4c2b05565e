// The example provider, and beside it functions by which a test has it use its support object. Each gives
// a text that says what came of it.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

// Its objects are extended here.
#define final
#define MSProviderInit example_init
#define ServiceEntry example_entry
#include EXAMPLE
#undef final
#undef MSProviderInit
#undef ServiceEntry

static std::weak_ptr<Mailbox> g_box;
static LPUNKNOWN g_kept;
static std::string g_told, g_at_logoff;

static const char *tell(std::string text) {
    g_told = std::move(text);
    return g_told.c_str();
}

static std::string code(HRESULT hr) {
    char text[16];
    snprintf(text, sizeof text, "0x%08X", (unsigned)hr);
    return text;
}

// A text of an object.
static std::string text_of(LPMAPIPROP prop, ULONG tag) {
    SizedSPropTagArray(1, tags) = {1, {CHANGE_PROP_TYPE(tag, PT_STRING8)}};
    ULONG count = 0;
    LPSPropValue found = nullptr;
    HRESULT hr = prop->GetProps((LPSPropTagArray)&tags, 0, &count, &found);
    if (FAILED(hr)) return code(hr);
    std::string text = PROP_TYPE(found->ulPropTag) == PT_STRING8 ? found->Value.lpszA : "?";
    g_free(found);
    return text;
}

static HRESULT open_it(const BYTE *id, ULONG size, LPCIID iid, ULONG flags, ULONG *type, LPUNKNOWN *object) {
    auto box = g_box.lock();
    if (!box || !box->support) return MAPI_E_NOT_INITIALIZED;
    return box->support->OpenEntry(size, (LPENTRYID)id, iid, flags, type, object);
}

// What an entry ID opens as: the type, whose object it is, what it is called, whether it is written.
extern "C" const char *support_open(const BYTE *id, ULONG size, ULONG flags) {
    ULONG type = 0;
    LPUNKNOWN object = nullptr;
    HRESULT hr = open_it(id, size, nullptr, flags, &type, &object);
    if (FAILED(hr)) return tell(code(hr) + (object || type ? " and something" : ""));
    auto prop = static_cast<LPMAPIPROP>(object);
    Folder folder(nullptr, 1);
    Message message(nullptr, 0, 0, nullptr, {});
    auto functions = *(void **)object;
    bool own = functions == *(void **)&folder || functions == *(void **)&message;
    std::string said = std::to_string(type) + (own ? " own " : " MAPI's ") +
                       text_of(prop, type == MAPI_MESSAGE ? PR_SUBJECT : PR_DISPLAY_NAME);
    if (type == MAPI_FOLDER || type == MAPI_MESSAGE) {
        SPropValue value = {};
        value.ulPropTag = PR_COMMENT_A;
        value.Value.lpszA = const_cast<char *>("set");
        hr = prop->SetProps(1, &value, nullptr);
        said += FAILED(hr) ? " " + code(hr) : " set";
    }
    object->Release();
    return tell(said);
}

// Whether it opens as another interface than its own.
extern "C" const char *support_open_as_table(const BYTE *id, ULONG size) {
    ULONG type = 0;
    LPUNKNOWN object = nullptr;
    return tell(code(open_it(id, size, &IID_IMAPITable, 0, &type, &object)));
}

// Opens something and keeps it.
extern "C" const char *support_keep(const BYTE *id, ULONG size) {
    ULONG type = 0;
    return tell(code(open_it(id, size, nullptr, 0, &type, &g_kept)));
}

extern "C" const char *support_look_at_kept() {
    return tell(text_of(static_cast<LPMAPIPROP>(g_kept), PR_DISPLAY_NAME));
}

extern "C" const char *support_let_go() {
    g_kept->Release();
    return tell("released");
}

// What it could open while it was logged off.
extern "C" const char *support_at_logoff() { return g_at_logoff.c_str(); }

// ---- Sending -------------------------------------------------------------------------------

static Box the_box() { return g_box.lock(); }

static ULONG folder_named(const Box &box, const char16_t *name) {
    for (auto &[number, node] : box->nodes) {
        auto at = find(node.letter.props, PR_DISPLAY_NAME_W);
        if (node.folder && at != node.letter.props.end() && name == std::u16string((char16_t *)at->second.data()))
            return number;
    }
    return 0;
}

static Props recipient(LONG row, LONG type, const char16_t *name, const char16_t *address) {
    Props made;
    put(made, PR_ROWID, row);
    put(made, PR_RECIPIENT_TYPE, type);
    if (name) put(made, PR_DISPLAY_NAME_W, name);
    if (!address) return made;
    put(made, PR_ADDRTYPE_W, u"SMTP");
    put(made, PR_EMAIL_ADDRESS_W, address);
    return made;
}

static std::string narrow(const Props &props, ULONG tag) {
    auto at = find(props, tag);
    if (at == props.end()) return "-";
    std::string text;
    for (auto c = (const char16_t *)at->second.data(); *c; c++) text += char(*c);
    return text;
}

// All recipients: type, PR_RESPONSIBILITY, name, address, whether there is an entry ID.
static std::string recipients_of(Message *message) {
    std::string said;
    for (auto &one : message->own.recipients) {
        char line[200];
        snprintf(line, sizeof line, "%X %d %s <%s>%s; ", (unsigned)number(one, PR_RECIPIENT_TYPE),
                 (int)number(one, PR_RESPONSIBILITY, 9), narrow(one, PR_DISPLAY_NAME_W).c_str(),
                 narrow(one, PR_EMAIL_ADDRESS_W).c_str(), find(one, PR_ENTRYID) != one.end() ? " id" : "");
        said += line;
    }
    return said;
}

// PrepareSubmit for a message that is sent again, or for the first time.
extern "C" const char *support_prepare(int again) {
    Box box = the_box();
    auto message = new Message(box, 0, folder_named(box, u"Inbox"), nullptr, {});
    put(message->own.props, PR_MESSAGE_FLAGS, again ? MSGFLAG_RESEND | MSGFLAG_UNSENT : MSGFLAG_UNSENT);
    message->own.recipients = {recipient(0, LONG(MAPI_TO | MAPI_SUBMITTED), u"Ann", u"ann@example.com"),
                               recipient(1, MAPI_CC, u"Bob", u"bob@example.com"),
                               recipient(2, MAPI_ORIG, u"Me", u"me@example.com")};
    ULONG flags = 0;
    HRESULT hr = box->support->PrepareSubmit(message, &flags);
    std::string said = FAILED(hr) ? code(hr) : recipients_of(message) + std::to_string(flags);
    message->Release();
    return tell(said);
}

extern "C" const char *support_expand() {
    Box box = the_box();
    auto message = new Message(box, 0, folder_named(box, u"Inbox"), nullptr, {});
    ULONG size = 0, flags = 0;
    LPENTRYID id = nullptr;
    HRESULT hr = box->support->CreateOneOff((LPTSTR)u"Eve", (LPTSTR)u"SMTP", (LPTSTR)u"eve@example.com", MAPI_UNICODE,
                                            &size, &id);
    if (FAILED(hr)) return tell(code(hr));
    Props eve = recipient(1, MAPI_TO, nullptr, nullptr);
    put(eve, PR_ENTRYID, id, size);
    g_free(id);
    message->own.recipients = {recipient(0, MAPI_BCC, u"Ann", u"ann@example.com"), eve,
                               recipient(2, MAPI_TO, u"Ann", u"ANN@example.com")};
    hr = box->support->ExpandRecips(message, &flags);
    std::string said = FAILED(hr) ? code(hr) : recipients_of(message) + std::to_string(flags);
    message->Release();
    return tell(said);
}

// DoSentMail for a message in the Inbox. Gives the folder in which it is then, and how many references
// to it were left of two.
extern "C" const char *support_sent(const char16_t *folder, int remove) {
    Box box = the_box();
    Letter sent = letter(u"Sent", u"text", false);
    if (folder) {
        ID to = make_id(*folder ? folder_named(box, folder) : 4000);
        put(sent.props, PR_SENTMAIL_ENTRYID, &to, sizeof to);
    }
    if (remove) put(sent.props, PR_DELETE_AFTER_SUBMIT, 1);
    ULONG inbox = folder_named(box, u"Inbox"), number = box->add(inbox, false, sent);
    auto message = new Message(box, number, inbox, nullptr, box->nodes[number].letter);
    message->AddRef();
    HRESULT hr = box->support->DoSentMail(0, message);
    ULONG left = message->count;
    while (message->Release()) {}
    auto at = box->nodes.find(number);
    std::string where = at == box->nodes.end() ? "nowhere" : narrow(box->nodes[at->second.parent].letter.props, PR_DISPLAY_NAME_W);
    if (at != box->nodes.end()) box->nodes.erase(at);
    return tell((FAILED(hr) ? code(hr) + " " : "") + where + " " + std::to_string(left));
}

// What a receipt says, line by line.
extern "C" const char *support_receipt(ULONG flags, int anonymous) {
    Box box = the_box();
    Letter read = letter(u"Lunch", u"text", true);
    put(read.props, PR_SEARCH_KEY, "key", 3);
    if (anonymous)
        for (ULONG tag : {PR_SENDER_NAME_W, PR_SENDER_ADDRTYPE_W, PR_SENDER_EMAIL_ADDRESS_W})
            read.props.erase(find(read.props, tag));
    auto original = new Message(box, 0, 0, nullptr, read);
    auto receipt = new Message(box, 0, folder_named(box, u"Inbox"), nullptr, {});
    LPMESSAGE given = receipt;
    HRESULT hr = box->support->ReadReceipt(flags, original, &given);
    std::string said = code(hr);
    if (SUCCEEDED(hr)) {
        auto &props = receipt->own.props;
        auto key = find(props, PROP_TAG(PT_BINARY, 0x0025));
        said = (given == receipt ? "" : "another message ") + narrow(props, PR_MESSAGE_CLASS_W) + "; " +
               narrow(props, PR_SUBJECT_W) + "; " + narrow(props, PR_ORIGINAL_SUBJECT_W) + "; " +
               (key != props.end() && key->second.size() == 3 ? "key; " : "") + recipients_of(receipt) +
               narrow(props, PR_BODY_W);
    }
    original->Release();
    receipt->Release();
    return tell(said);
}

struct ExtendedLogon : ::Logon {
    using ::Logon::Logon;
    STDMETHODIMP Logoff(ULONG *flags) override {
        if (g_kept) {
            ID own = make_id(1);
            g_at_logoff = support_open((const BYTE *)&own, sizeof own, 0);
            g_at_logoff += std::string(" ") + support_look_at_kept();
        }
        return ::Logon::Logoff(flags);
    }
};

struct ExtendedProvider : Provider {
    STDMETHODIMP Logon(LPMAPISUP support, ULONG_PTR window, LPTSTR name, ULONG size, LPENTRYID id, ULONG flags, LPCIID iid,
                       ULONG *security_size, LPBYTE *security, LPMAPIERROR *error, LPMSLOGON *logon,
                       LPMDB *store) override {
        HRESULT hr = Provider::Logon(support, window, name, size, id, flags, iid, security_size, security, error,
                                     logon, store);
        if (FAILED(hr)) return hr;
        Box box = static_cast<::Logon *>(*logon)->box;
        (*logon)->Release();
        g_box = box;
        *logon = new ExtendedLogon(box);
        return hr;
    }
};

extern "C" HRESULT MSProviderInit(HINSTANCE instance, LPMALLOC malloc, LPALLOCATEBUFFER allocate, LPALLOCATEMORE more,
                                  LPFREEBUFFER free, ULONG flags, ULONG version, ULONG *own_version,
                                  LPMSPROVIDER *provider) {
    HRESULT hr = example_init(instance, malloc, allocate, more, free, flags, version, own_version, provider);
    if (FAILED(hr)) return hr;
    (*provider)->Release();
    *provider = new ExtendedProvider();
    return hr;
}

extern "C" HRESULT ServiceEntry(HINSTANCE instance, LPMALLOC malloc, LPMAPISUP support, ULONG_PTR window, ULONG flags,
                                ULONG context, ULONG count, LPSPropValue props, LPPROVIDERADMIN admin,
                                LPMAPIERROR *error) {
    return example_entry(instance, malloc, support, window, flags, context, count, props, admin, error);
}
