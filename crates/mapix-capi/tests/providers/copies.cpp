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

// A folder that is in itself, twice.
struct Endless final : Folder {
    explicit Endless(const Folder &of) : Folder(of.box, of.number) {}
    STDMETHODIMP GetHierarchyTable(ULONG, LPMAPITABLE *table) override {
        Guard guard(box->lock);
        *table = new Table({box->all(number), box->all(number)}, {PR_ENTRYID});
        return S_OK;
    }
    STDMETHODIMP OpenEntry(ULONG, LPENTRYID, LPCIID, ULONG, ULONG *type, LPUNKNOWN *object) override {
        *type = MAPI_FOLDER;
        *object = new Endless(static_cast<const Folder &>(*this));
        return S_OK;
    }
};

extern "C" LPMAPIFOLDER copies_endless(LPMAPIFOLDER folder) { return new Endless(*static_cast<Folder *>(folder)); }

// A folder that knows only text of 8 bits.
struct Narrow final : Folder {
    explicit Narrow(const Folder &of) : Folder(of.box, of.number) {}
    STDMETHODIMP CreateFolder(ULONG type, LPTSTR name, LPTSTR comment, LPCIID iid, ULONG flags, LPMAPIFOLDER *folder) override {
        if (flags & MAPI_UNICODE) return MAPI_E_BAD_CHARWIDTH;
        auto thin = reinterpret_cast<const char *>(name);
        std::u16string wide(thin, thin + strlen(thin));
        return Folder::CreateFolder(type, (LPTSTR)wide.c_str(), comment, iid, MAPI_UNICODE, folder);
    }
    STDMETHODIMP SetProps(ULONG count, LPSPropValue values, LPSPropProblemArray *problems) override {
        for (ULONG i = 0; i < count; i++)
            if (PROP_TYPE(values[i].ulPropTag) == PT_UNICODE) return MAPI_E_BAD_CHARWIDTH;
        return Folder::SetProps(count, values, problems);
    }
    STDMETHODIMP OpenProperty(ULONG tag, LPCIID iid, ULONG options, ULONG flags, LPUNKNOWN *object) override {
        if (PROP_TYPE(tag) == PT_UNICODE) return MAPI_E_BAD_CHARWIDTH;
        return Folder::OpenProperty(tag, iid, options, flags, object);
    }
};

extern "C" LPMAPIFOLDER copies_narrow(LPMAPIFOLDER folder) { return new Narrow(*static_cast<Folder *>(folder)); }
