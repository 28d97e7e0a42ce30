/*
 * bbn_cases: the conformance suite's signed objects, with the word that refuses
 * each under profile rfc6488 and under today's.
 *
 * The suite is older than the rule that a signing-time must be there (RFC 9589
 * section 4), so today most end there: OLD.  Those that fail before it, or have
 * one, fail alike: BOTH.
 */
#ifndef TESTS_BBN_CASES_H
#define TESTS_BBN_CASES_H

struct bbn_case {
	const char *name;
	const char *older;
	const char *current;
};

#define OLD(name, word) \
	{ \
		name, word, "cms-time-missing" \
	}
#define BOTH(name, word) \
	{ \
		name, word, word \
	}

/* Cases that are wrong against a clock or an issuer only. */
static const char *const bbn_chain[] = {
	"MFTNextUpdPast/badMFTNextUpdPast.mft",
	"MFTThisUpdFuture/badMFTThisUpdFuture.mft",
	"badEEBadSig.roa",
};

static const struct bbn_case bbn_cases[] = {
	OLD("MFTDuplicateFileTwoHashes/badMFTDuplicateFileTwoHashes.mft",
		"manifest-file-twice"),
	OLD("MFTFileHashShort/badMFTFileHashShort.mft", "manifest-hash-form"),
	OLD("MFTHashAlg/badMFTHashAlg.mft", "manifest-hash-algorithm"),
	OLD("MFTHashAlgSameLength/badMFTHashAlgSameLength.mft",
		"manifest-hash-algorithm"),
	OLD("MFTHashOctetStr/badMFTHashOctetStr.mft", "der-truncated"),
	OLD("MFTIPv6NotInherit/badMFTIPv6NotInherit.mft", "manifest-resources"),
	OLD("MFTNegNum/badMFTNegNum.mft", "manifest-number"),
	OLD("MFTNextUpdPast/badMFTNextUpdPast.mft", "none"),
	OLD("MFTNextUpdUTC/badMFTNextUpdUTC.mft", "manifest-time-type"),
	OLD("MFTNumMax/goodMFTNumMax.mft", "none"),
	OLD("MFTNumZero/goodMFTNumZero.mft", "none"),
	OLD("MFTThisUpdFuture/badMFTThisUpdFuture.mft", "none"),
	OLD("MFTUnkownFileExtension/goodMFTUnkownFileExtension.mft", "none"),
	BOTH("NAMSeqSerName/goodMFTMatch.mft", "none"),
	BOTH("NAMSetNameSer/goodMFTMatch.mft", "none"),
	BOTH("badCMS2Certs.roa", "cms-certificates"),
	BOTH("badCMSNoDigestAlgs.roa", "cms-digest-count"),
	BOTH("badCMSNoSigInfo.roa", "cms-signer-count"),
	OLD("badCMSSigInfo2Sig.roa", "der-trailing"),
	BOTH("badCMSSigInfoAttrs2BinSigTime.roa", "cms-attr-twice"),
	BOTH("badCMSSigInfoAttrs2ContType.roa", "cms-attr-twice"),
	BOTH("badCMSSigInfoAttrs2SigTime.roa", "cms-attr-twice"),
	BOTH("badCMSSigInfoAttrsBinSigTime0Val.roa", "cms-attr-values"),
	BOTH("badCMSSigInfoAttrsBinSigTime2Val.roa", "cms-attr-values"),
	BOTH("badCMSSigInfoAttrsContType0Val.roa", "cms-attr-values"),
	BOTH("badCMSSigInfoAttrsMsgDigest2Val.roa", "cms-attr-values"),
	OLD("badCMSSigInfoAttrsWrongDigest.roa", "cms-digest"),
	OLD("badCMSSigInfoBadSid.roa", "cms-signer-id"),
	BOTH("badCMSSigInfoNoSid.roa", "cms-signer-id-form"),
	OLD("badCMSSigInfoNoSig.roa", "der-missing"),
	BOTH("badCMSSigInfoVersion.roa", "cms-signer-version"),
	BOTH("badCMSSigInfoVersion4.roa", "cms-signer-version"),
	BOTH("badCMSSigInfoWrongSid.roa", "cms-signer-id-form"),
	BOTH("badCMSVersion4.roa", "cms-version"),
	OLD("badEEBadSig.roa", "none"),
	OLD("badEEHasBasicConstraints.roa", "cert-basic-constraints-forbidden"),
	OLD("badEEKeyUsageCABits.roa", "cert-key-usage-bits"),
	OLD("badEEKeyUsageHasKeyCertSign.roa", "cert-key-usage-bits"),
	OLD("badEESIAWrongAccessMethod.roa", "cert-sia-method"),
	OLD("badROAASIDSmall.roa", "roa-asn"),
	OLD("badROAFamilyLth.roa", "roa-family"),
	OLD("badROAIPv4ExtraPfxAboveRange.roa", "roa-prefix-outside"),
	OLD("badROAIPv4ExtraPfxBelowRange.roa", "roa-prefix-outside"),
	OLD("badROAIPv4Inherit.roa", "roa-inherit"),
	OLD("badROAIPv4OnlyPfxAbovePfxNoGap.roa", "roa-prefix-outside"),
	OLD("badROAIPv4OnlyPfxAboveRangeNoGap.roa", "roa-prefix-outside"),
	OLD("badROAIPv4OnlyPfxBelowPfxNoGap.roa", "roa-prefix-outside"),
	OLD("badROAIPv4OnlyPfxOverlapLowRange.roa", "roa-prefix-outside"),
	OLD("badROAIPv4OnlyPfxSpanPfxes.roa", "roa-prefix-outside"),
	OLD("badROAIPv4OnlyPfxSupersetHighPfx.roa", "roa-prefix-outside"),
	OLD("badROAIPv4OnlyPfxSupersetHighRange.roa", "roa-prefix-outside"),
	OLD("badROAIPv4OnlyPfxTouchRanges.roa", "roa-prefix-outside"),
	OLD("badROAIPv4PrefixLong.roa", "roa-prefix-length"),
	OLD("badROAIPv6ExtraPfxBelowRange.roa", "roa-prefix-outside"),
	OLD("badROAIPv6MaxLthShort.roa", "roa-max-length"),
	OLD("badROAIPv6OnlyPfxAbovePfxNoGap.roa", "roa-prefix-outside"),
	OLD("badROAIPv6OnlyPfxAboveRangeNoGap.roa", "roa-prefix-outside"),
	OLD("badROAIPv6OnlyPfxBelowPfxNoGap.roa", "roa-prefix-outside"),
	OLD("badROAIPv6OnlyPfxBelowRangeNoGap.roa", "roa-prefix-outside"),
	OLD("badROAIPv6OnlyPfxBetweenPfxPfxNoGaps.roa", "roa-prefix-outside"),
	OLD("badROAIPv6OnlyPfxOverlapLowRange.roa", "roa-prefix-outside"),
	OLD("badROAIPv6OnlyPfxSpanPfxes.roa", "roa-prefix-outside"),
	OLD("badROAIPv6OnlyPfxSpanRanges.roa", "resources-ip-bits"),
	OLD("badROAIPv6OnlyPfxSupersetHighPfx.roa", "roa-prefix-outside"),
	OLD("badROAIPv6OnlyPfxSupersetLowPfx.roa", "roa-prefix-outside"),
	OLD("badROAIPv6OnlyPfxSupersetLowRange.roa", "roa-prefix-outside"),
	OLD("badROAIPv6OnlyPfxTouchRanges.roa", "roa-prefix-outside"),
	OLD("badROAVersionV1ExplicitBadSig.roa", "roa-version"),
	BOTH("badROAWrongType.roa", "cms-econtent-type"),
	OLD("goodEESIA2Rsync.roa", "none"),
	OLD("goodEESIAExtraAccessMethod.roa", "none"),
	OLD("goodROAASIDMax.roa", "none"),
	OLD("goodROAASIDZero.roa", "none"),
	OLD("goodROAIPv4DupPrefixSameMaxLen.roa", "none"),
	OLD("goodROAIPv4ExtraSubPfxInPfxMiddle.roa", "none"),
	OLD("goodROAIPv4ExtraSubPfxInRangeMiddle.roa", "none"),
	OLD("goodROAIPv4OnlyPfxInPfxHigh.roa", "none"),
	OLD("goodROAIPv4OnlyPfxInPfxLow.roa", "none"),
	OLD("goodROAIPv4OnlyPfxInRangeHigh.roa", "none"),
	OLD("goodROAIPv4OnlyPfxInRangeLow.roa", "none"),
	OLD("goodROAIPv4OnlyPfxesInPfxesMiddle.roa", "none"),
	OLD("goodROAIPv4PfxesEqualPfxes.roa", "none"),
	OLD("goodROAIPv4PfxesEqualRange.roa", "none"),
	OLD("goodROAIPv4PfxesEqualRanges.roa", "none"),
	OLD("goodROAIPv6DupPrefixDiffMaxLen.roa", "none"),
	OLD("goodROAIPv6DupPrefixSameMaxLen.roa", "none"),
	OLD("goodROAIPv6ExtraSubPfxInPfxMiddle.roa", "none"),
	OLD("goodROAIPv6OnlyPfxInPfxLow.roa", "none"),
	OLD("goodROAIPv6OnlyPfxInRangeHigh.roa", "none"),
	OLD("goodROAIPv6OnlyPfxesInPfxesMiddle.roa", "none"),
	OLD("goodROAIPv6OnlyPfxesInRangesMiddle.roa", "none"),
};

#endif
