// The example provider, of which tests get the store and the support object themselves: what a session
// keeps to itself, a provider has anyway.
//
// It follows provider.cpp, whose entry point was given another name.
#undef MSProviderInit

static thread_local LPMDB last_store;
static thread_local LPMAPISUP last_support;

struct Watched final : Object<IMSProvider> {
    LPMSPROVIDER inner;

    explicit Watched(LPMSPROVIDER i) : Object({&IID_IMSProvider}), inner(i) {}
    ~Watched() override { inner->Release(); }
    STDMETHODIMP Shutdown(ULONG *flags) override { return inner->Shutdown(flags); }
    STDMETHODIMP Logon(LPMAPISUP support, ULONG_PTR window, LPTSTR name, ULONG size, LPENTRYID id, ULONG flags, LPCIID iid,
                       ULONG *security_size, LPBYTE *security, LPMAPIERROR *error, LPMSLOGON *logon,
                       LPMDB *store) override {
        HRESULT hr = inner->Logon(support, window, name, size, id, flags, iid, security_size, security, error, logon, store);
        if (FAILED(hr)) return hr;
        last_store = *store;
        last_support = support;
        return hr;
    }
    STDMETHODIMP SpoolerLogon(LPMAPISUP, ULONG_PTR, LPTSTR, ULONG, LPENTRYID, ULONG, LPCIID, ULONG, LPBYTE, LPMAPIERROR *,
                              LPMSLOGON *, LPMDB *) override {
        return MAPI_E_NO_SUPPORT;
    }
    STDMETHODIMP CompareStoreIDs(ULONG size1, LPENTRYID id1, ULONG size2, LPENTRYID id2, ULONG flags, ULONG *same) override {
        return inner->CompareStoreIDs(size1, id1, size2, id2, flags, same);
    }
};

extern "C" HRESULT MSProviderInit(HINSTANCE instance, LPMALLOC malloc, LPALLOCATEBUFFER allocate, LPALLOCATEMORE more,
                                  LPFREEBUFFER free, ULONG flags, ULONG version, ULONG *own, LPMSPROVIDER *provider) {
    LPMSPROVIDER inner = nullptr;
    HRESULT hr = InnerProviderInit(instance, malloc, allocate, more, free, flags, version, own, &inner);
    if (SUCCEEDED(hr)) *provider = new Watched(inner);
    return hr;
}

// The store and the support object of the last logon on this thread, with a reference each.
extern "C" LPMDB copies_store() {
    last_store->AddRef();
    return last_store;
}

extern "C" LPMAPISUP copies_support() {
    last_support->AddRef();
    return last_support;
}

// A folder that makes so many messages, and then no more.
struct Limited final : Folder {
    ULONG left;
    HRESULT code;

    Limited(const Folder &of, ULONG l, HRESULT c) : Folder(of.box, of.number), left(l), code(c) {}
    STDMETHODIMP CreateMessage(LPCIID iid, ULONG flags, LPMESSAGE *message) override {
        if (left == 0) return code;
        left--;
        return Folder::CreateMessage(iid, flags, message);
    }
};

extern "C" LPMAPIFOLDER copies_limited(LPMAPIFOLDER folder, ULONG left, HRESULT code) {
    return new Limited(*static_cast<Folder *>(folder), left, code);
}
