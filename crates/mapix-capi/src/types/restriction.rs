//! Restrictions.

use super::{SPropValue, structures};

structures! {
    struct SComparePropsRestriction[12, 4] {
        relop @ 0: u32,
        ulPropTag1 @ 4: u32,
        ulPropTag2 @ 8: u32,
    }
    struct SAndRestriction[16, 8] { cRes @ 0: u32, lpRes @ 8: *mut SRestriction }
    struct SOrRestriction[16, 8] { cRes @ 0: u32, lpRes @ 8: *mut SRestriction }
    struct SNotRestriction[16, 8] { ulReserved @ 0: u32, lpRes @ 8: *mut SRestriction }
    struct SContentRestriction[16, 8] {
        ulFuzzyLevel @ 0: u32,
        ulPropTag @ 4: u32,
        lpProp @ 8: *mut SPropValue,
    }
    struct SPropertyRestriction[16, 8] {
        relop @ 0: u32,
        ulPropTag @ 4: u32,
        lpProp @ 8: *mut SPropValue,
    }
    struct SBitMaskRestriction[12, 4] { relBMR @ 0: u32, ulPropTag @ 4: u32, ulMask @ 8: u32 }
    struct SSizeRestriction[12, 4] { relop @ 0: u32, ulPropTag @ 4: u32, cb @ 8: u32 }
    struct SExistRestriction[12, 4] {
        ulReserved1 @ 0: u32,
        ulPropTag @ 4: u32,
        ulReserved2 @ 8: u32,
    }
    struct SSubRestriction[16, 8] { ulSubObject @ 0: u32, lpRes @ 8: *mut SRestriction }
    struct SCommentRestriction[24, 8] {
        cValues @ 0: u32,
        lpRes @ 8: *mut SRestriction,
        lpProp @ 16: *mut SPropValue,
    }
    struct SAnnotationRestriction[24, 8] {
        cValues @ 0: u32,
        lpRes @ 8: *mut SRestriction,
        lpProp @ 16: *mut SPropValue,
    }
    struct SCountRestriction[16, 8] { ulCount @ 0: u32, lpRes @ 8: *mut SRestriction }
    union SRestrictionUnion[24, 8] {
        resCompareProps: SComparePropsRestriction,
        resAnd: SAndRestriction,
        resOr: SOrRestriction,
        resNot: SNotRestriction,
        resContent: SContentRestriction,
        resProperty: SPropertyRestriction,
        resBitMask: SBitMaskRestriction,
        resSize: SSizeRestriction,
        resExist: SExistRestriction,
        resSub: SSubRestriction,
        resComment: SCommentRestriction,
        resAnnotation: SAnnotationRestriction,
        resCount: SCountRestriction,
    }
    struct SRestriction[32, 8] { rt @ 0: u32, res @ 8: SRestrictionUnion }
}
