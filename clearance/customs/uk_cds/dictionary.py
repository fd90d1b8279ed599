"""What CDS notifications, and their events, have in common. All in it is invented.

Kept messages and events can be read only with it: it never changes.
"""

from __future__ import annotations

ID = "u"
"""What kept texts that were deflated with it begin with."""


def fits(data: bytes) -> bool:
    """Whether it is of use for a message: the message has the names of a notification."""
    return b"FunctionCode>" in data and b"IssueDateTime>" in data


MESSAGES = b"""\
<_2_1:AdditionalInformation><_2_1:StatementCode>smartErrorMsg</_2_1:StatementCode>\
<_2_1:StatementDescription></_2_1:StatementDescription><_2_1:StatementTypeCode>1\
</_2_1:StatementTypeCode><_2_1:LimitDateTime><_2_1:Pointer><_2_1:SequenceNumeric>1\
</_2_1:SequenceNumeric><_2_1:DocumentSectionCode>07B</_2_1:DocumentSectionCode></_2_1:Pointer>\
</_2_1:AdditionalInformation><_2_1:Status><_2_1:NameCode>67</_2_1:NameCode></_2_1:Status>
<p:MetaData xmlns:p="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"><?xml version="1.0" \
encoding="UTF-8" standalone="yes"?><_2:MetaData xmlns:_2="urn:wco:datamodel:WCO:\
DocumentMetaData-DMS:2"><_2:WCODataModelVersionCode>3.6</_2:WCODataModelVersionCode>\
<_2:WCOTypeName>RES</_2:WCOTypeName><_2:ResponsibleCountryCode/><_2:ResponsibleAgencyName/>\
<_2:AgencyAssignedCustomizationCode/><_2:AgencyAssignedCustomizationVersionCode/>
<_2_1:Response xmlns:_2_1="urn:wco:datamodel:WCO:RES-DMS:2"><_2_1:FunctionCode>09\
</_2_1:FunctionCode><_2_1:FunctionalReferenceID></_2_1:FunctionalReferenceID><_2_1:IssueDateTime>
<_2_2:DateTimeString formatCode="304" xmlns:_2_2="urn:wco:datamodel:WCO:Response_DS:DMS:2">2026\
</_2_2:DateTimeString></_2_1:IssueDateTime><_2_1:Declaration><_2_1:ID>26GB</_2_1:ID>\
<_2_1:VersionID>1</_2_1:VersionID></_2_1:Declaration></_2_1:Response></_2:MetaData>
	<RejectionDateTime><CancellationDateTime><EffectiveDateTime><LimitDateTime>
		<Error>
			<ValidationCode>CDS12056</ValidationCode>
			<Description></Description>
			<Pointer>
				<DocumentSectionCode>42A</DocumentSectionCode>
			</Pointer>
			<Pointer>
				<SequenceNumeric>1</SequenceNumeric>
				<DocumentSectionCode>67A</DocumentSectionCode>
				<TagID>360</TagID>
			</Pointer>
		</Error>
		<Declaration>
			<DutyTaxFee>
				<Payment>
					<ReferenceID></ReferenceID>
					<PaymentAmount currencyID="GBP">100.00</PaymentAmount>
					<ObligationGuarantee>
						<ReferenceID></ReferenceID>
					</ObligationGuarantee>
				</Payment>
			</DutyTaxFee>
		</Declaration>
	</Response>
</MetaData>
		<Bank>
			<ReferenceID></ReferenceID>
			<ID>GB</ID>
		</Bank>
		<Status>
			<NameCode>67</NameCode>
		</Status>
		<Declaration>
			<FunctionalReferenceID></FunctionalReferenceID>
			<ID>26GB</ID>
			<VersionID>1</VersionID>
			<GoodsShipment>
				<GovernmentAgencyGoodsItem>
					<SequenceNumeric>1</SequenceNumeric>
					<Commodity>
						<DutyTaxFee>
							<AdValoremTaxBaseAmount currencyID="GBP">1000.00\
</AdValoremTaxBaseAmount>
							<DeductAmount currencyID="GBP">0.00</DeductAmount>
							<DutyRegimeCode>100</DutyRegimeCode>
							<TaxRateNumeric>20.00</TaxRateNumeric>
							<TypeCode>B00</TypeCode>
							<Payment>
								<TaxAssessedAmount currencyID="GBP">200.00</TaxAssessedAmount>
								<PaymentAmount currencyID="GBP">200.00</PaymentAmount>
							</Payment>
						</DutyTaxFee>
						<DutyTaxFee>
							<TypeCode>A00</TypeCode>
						</DutyTaxFee>
					</Commodity>
				</GovernmentAgencyGoodsItem>
			</GoodsShipment>
		</Declaration>
	</Response>
</MetaData><MetaData>
	<WCODataModelVersionCode>3.6</WCODataModelVersionCode>
	<WCOTypeName>RES</WCOTypeName>
	<ResponsibleCountryCode/>
	<ResponsibleAgencyName/>
	<AgencyAssignedCustomizationCode/>
	<AgencyAssignedCustomizationVersionCode/>
	<Response>
		<FunctionCode>01</FunctionCode>
		<FunctionalReferenceID></FunctionalReferenceID>
		<IssueDateTime>
			<DateTimeString formatCode="304">2026</DateTimeString>
		</IssueDateTime>
		<AdditionalInformation>
			<StatementCode>A2</StatementCode>
			<StatementDescription></StatementDescription>
			<StatementTypeCode>AFB</StatementTypeCode>
		</AdditionalInformation>
		<Declaration>
			<AcceptanceDateTime>
				<DateTimeString formatCode="304">2026</DateTimeString>
			</AcceptanceDateTime>
			<FunctionalReferenceID></FunctionalReferenceID>
			<ID>26GB</ID>
			<VersionID>1</VersionID>
		</Declaration>
	</Response>
</MetaData>"""
EVENTS = (
    b'"under_review","inspection","withdrawn",["undoes"],["unknown"],"documents","rejected_at",'
    b'"cancelled_at","effective_at","payment_reference","smartErrorMsg CDS13000 CDS12056",'
    b'[["Response","02","submitted","2026-01-01T10:00:00+00:00",null,"'
    b'"],{"rank":1}],["Response","03","rejected","2026-01-01T10:00:00+01:00","CDS",["until_accepted"'
    b'],["Response","05","inspection"],["Response","06","action_due"],["Response","07",null,"2026-'
    b'"]],{"rank":6}],["Response","11",null,"2026-01-01T10:00:00+00:00",null,"",null,[["lrn",""],'
    b'["mrn","26GB"]],[["version","1"]],null,[],[""],{"sub":"39","rank":6}],["Response","08",'
    b'"released","2026-01-01T10:00:00+00:00","A2","'
    b'[["Response","01","accepted","2026-01-01T10:00:00+00:00",null,"",null,[["lrn",""],["mrn",'
    b'"26GB"]],[["accepted_at","2026-01-01T10:00:00+00:00"],["version","1"]],null,[],["'
    b'"],{"rank":2}],["Response","13",null,"2026-01-01T10:00:00+00:00",null,"",null,[["lrn",""],'
    b'["mrn","26GB"]],[["version","1"]],null,[],[""],{"sub":"67","rank":3}],["Response","13",null,'
    b'"2026-01-01T10:00:00+01:00",null,"",null,[["lrn",""],["mrn","26GB"]],[["version","1"]],null,[],'
    b'[""],{"sub":"4","rank":8}],["Response","09","cleared","2026-01-01T10:00:00+00:00","A2","",null,'
    b'[["lrn",""],["mrn","26GB"]],[["control_result","A2"],["version","1"]],null,["releases"],[""],'
    b'{"rank":9}]]'
)
