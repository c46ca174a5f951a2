-- What the end of the time of keeping looks for: old disclosures and consents
-- that have ended; 2932897 is cal.Forever.
CREATE INDEX privacy_disclosure_at ON privacy_disclosure (at);
CREATE INDEX privacy_consent_ended ON privacy_consent (to_day) WHERE to_day <> 2932897;
